using Dropwise.Inference;

namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise eval --json</c> prints. Without <c>--text</c> there is no perplexity, without <c>--reference</c> no divergence.</summary>
/// <param name="Perplexity">e to the mean negative log-likelihood.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="Windows">Windows of the text.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Bits">Bits a weight of the quantized matrices, or null where nothing is quantized.</param>
/// <param name="Level">The level that was read.</param>
/// <param name="Kl">Mean divergence of the predictions from the reference's, KL(reference ‖ model), in nats.</param>
/// <param name="KlP99">The 99th percentile of that divergence over the predictions.</param>
/// <param name="Top1Agreement">How often both find the same token the likeliest, 0 to 1.</param>
/// <param name="DifferenceP99">The 99th percentile of |log p − log p_reference| of the text's next token, in nats.</param>
/// <param name="ReferencePerplexity">The reference's own perplexity.</param>
/// <param name="Tasks">What came out of the tasks, or null where none was asked for.</param>
/// <param name="Seconds">Time that it took.</param>
internal sealed record EvalReport(
    double? Perplexity,
    long? Tokens,
    int? Windows,
    int? Context,
    double? Bits,
    int Level,
    double? Kl,
    double? KlP99,
    double? Top1Agreement,
    double? DifferenceP99,
    double? ReferencePerplexity,
    TaskReport[]? Tasks,
    double Seconds)
{
    /// <summary>Puts results together.</summary>
    /// <param name="text">What came out of the text, or null without one.</param>
    /// <param name="tasks">What came out of the tasks, or null without any.</param>
    /// <param name="bits">Bits a weight, or null where nothing is quantized.</param>
    /// <param name="level">The level that was read.</param>
    public static EvalReport Of(PerplexityResult? text, TaskReport[]? tasks, double? bits, int level)
    {
        ReferenceResult? reference = text?.Reference;
        return new EvalReport(
            text?.Perplexity,
            text?.Predictions,
            text?.Windows,
            text?.Context,
            bits,
            level,
            reference?.Divergence,
            reference?.DivergencePercentile,
            reference?.Agreement,
            reference?.DifferencePercentile,
            reference?.Perplexity,
            tasks,
            (text?.Seconds ?? 0) + (tasks?.Sum(task => task.Seconds) ?? 0));
    }
}
