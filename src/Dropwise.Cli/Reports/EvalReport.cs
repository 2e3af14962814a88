using Dropwise.Cli.Models;
using Dropwise.Inference;

namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise eval --json</c> prints. Without <c>--text</c> there is no perplexity, without <c>--reference</c> no divergence.</summary>
/// <param name="Label">What pages of several results call it, or null.</param>
/// <param name="Model">The model's file name.</param>
/// <param name="Text">The text's file name.</param>
/// <param name="Perplexity">e to the mean negative log-likelihood.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="Windows">Windows of the text.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Bits">Bits a weight of the quantized matrices, or null where nothing is quantized.</param>
/// <param name="BlockBits">Bits a weight of the linear layers of all blocks, quantized or not.</param>
/// <param name="Bytes">Bytes of all weights that the level reads.</param>
/// <param name="Level">The level that was read.</param>
/// <param name="BitsPerByte">The mean negative log-likelihood in bits a byte of the text, which compares models of other vocabularies.</param>
/// <param name="Kl">Mean divergence of the predictions from the reference's, KL(reference ‖ model), in nats.</param>
/// <param name="KlP99">The 99th percentile of that divergence over the predictions.</param>
/// <param name="Top1Agreement">How often both find the same token the likeliest, 0 to 1.</param>
/// <param name="DifferenceP99">The 99th percentile of |log p − log p_reference| of the text's next token, in nats.</param>
/// <param name="ReferencePerplexity">The reference's own perplexity.</param>
/// <param name="Tasks">What came out of the tasks, or null where none was asked for.</param>
/// <param name="Accuracy">The mean over the tasks: by likelihoods divided by the length of a choice where a task has that, as they are otherwise.</param>
/// <param name="Seconds">Time that it took.</param>
internal sealed record EvalReport(
    string? Label,
    string Model,
    string? Text,
    double? Perplexity,
    long? Tokens,
    int? Windows,
    int? Context,
    double? Bits,
    double BlockBits,
    long Bytes,
    int Level,
    double? BitsPerByte,
    double? Kl,
    double? KlP99,
    double? Top1Agreement,
    double? DifferenceP99,
    double? ReferencePerplexity,
    TaskReport[]? Tasks,
    double? Accuracy,
    double Seconds)
{
    /// <summary>Puts results together.</summary>
    /// <param name="label">What pages of several results call it, or null.</param>
    /// <param name="model">The model's file name.</param>
    /// <param name="size">What its weights take at the level.</param>
    /// <param name="level">The level that was read.</param>
    /// <param name="textName">The text's file name, or null without one.</param>
    /// <param name="text">What came out of the text, or null without one.</param>
    /// <param name="bytesPerToken">Bytes of a token of the text.</param>
    /// <param name="tasks">What came out of the tasks, or null without any.</param>
    public static EvalReport Of(
        string? label, string model, ServedSize size, int level, string? textName, PerplexityResult? text, double bytesPerToken, TaskReport[]? tasks)
    {
        ReferenceResult? reference = text?.Reference;
        return new EvalReport(
            label,
            model,
            textName,
            text?.Perplexity,
            text?.Predictions,
            text?.Windows,
            text?.Context,
            size.Bits,
            size.BlockBits,
            size.Bytes,
            level,
            text is null ? null : Math.Log2(text.Perplexity) / bytesPerToken,
            reference?.Divergence,
            reference?.DivergencePercentile,
            reference?.Agreement,
            reference?.DifferencePercentile,
            reference?.Perplexity,
            tasks,
            tasks?.Average(static task => task.AccNorm ?? task.Acc),
            (text?.Seconds ?? 0) + (tasks?.Sum(task => task.Seconds) ?? 0));
    }
}
