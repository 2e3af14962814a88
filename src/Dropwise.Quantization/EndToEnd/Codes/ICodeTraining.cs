namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>The codes of one matrix in training: gradients of what they stand for are summed, and a V step chooses codes by the sums.</summary>
internal interface ICodeTraining
{
    /// <summary>All that a later step depends on beside the codes; what is written there is gone on with.</summary>
    IEnumerable<float[]> State { get; }

    /// <summary>Whether a step is one thread's, so that matrices can be stepped beside each other.</summary>
    bool IsSingleThreaded { get; }

    /// <summary>dL/dŴ [N, K] of a level, behind the rotation where there is one: who sums it adds here, and a step clears it.</summary>
    /// <param name="level">The level that the weights were read at.</param>
    Span<float> GradientAt(int level);

    /// <summary>Takes a V step and clears the gradient.</summary>
    /// <param name="step">Its number, how far weights go, and what levels count.</param>
    /// <param name="seed">Decides what is chosen at random.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>Groups whose codes changed.</returns>
    int Step(CodeStep step, int seed, QuantizationRun run);
}
