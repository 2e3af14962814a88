namespace Dropwise.Inference;

/// <summary>A perplexity with what it was measured on.</summary>
/// <param name="Perplexity">e to the mean negative log-likelihood.</param>
/// <param name="Predictions">Tokens that were predicted.</param>
/// <param name="Windows">Windows of the text.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Seconds">Time that it took.</param>
public sealed record PerplexityResult(double Perplexity, long Predictions, int Windows, int Context, double Seconds);
