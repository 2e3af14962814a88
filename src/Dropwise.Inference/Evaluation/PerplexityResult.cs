namespace Dropwise.Inference;

/// <summary>A perplexity with what it was measured on.</summary>
/// <param name="Perplexity">e to the mean negative log-likelihood.</param>
/// <param name="Predictions">Tokens that were predicted.</param>
/// <param name="Windows">Windows of the text.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Seconds">Time that it took.</param>
/// <param name="Reference">How the predictions differ from a reference's, or null where there was none.</param>
public sealed record PerplexityResult(double Perplexity, long Predictions, int Windows, int Context, double Seconds, ReferenceResult? Reference);
