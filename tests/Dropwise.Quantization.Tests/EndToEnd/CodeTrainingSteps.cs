using Dropwise.Quantization.EndToEnd.Codes;

namespace Dropwise.Quantization.Tests.EndToEnd;

/// <summary>What a tuner does with the codes of a matrix.</summary>
internal static class CodeTrainingSteps
{
    /// <summary>Adds to the gradient of a level.</summary>
    public static void Add(this ICodeTraining training, int level, ReadOnlySpan<float> gradient)
    {
        Span<float> sum = training.GradientAt(level);
        for (int i = 0; i < sum.Length; i++) sum[i] += gradient[i];
    }

    /// <summary>Takes a V step.</summary>
    /// <returns>Groups that changed.</returns>
    public static int Step(this ICodeTraining training, double rate, int number, params (int Level, float Weight)[] levels) =>
        training.Step(new CodeStep(number, rate, [.. levels.Select(static level => level.Level)], [.. levels.Select(static level => level.Weight)]), 0, QuantizationRun.Default);
}
