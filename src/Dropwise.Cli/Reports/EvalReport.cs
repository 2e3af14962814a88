namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise eval --json</c> prints.</summary>
/// <param name="Perplexity">e to the mean negative log-likelihood.</param>
/// <param name="Tokens">Tokens that were predicted.</param>
/// <param name="Windows">Windows of the text.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Bits">Bits a weight of the quantized matrices, or null where nothing is quantized.</param>
/// <param name="Level">The level that was read.</param>
/// <param name="Kl">The divergence from a reference, or null without one.</param>
/// <param name="Seconds">Time that it took.</param>
internal sealed record EvalReport(double Perplexity, long Tokens, int Windows, int Context, double? Bits, int Level, double? Kl, double Seconds);
