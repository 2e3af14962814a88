namespace Dropwise.Cli.Pages;

/// <summary>What the levels of a model do with a text.</summary>
/// <param name="Text">The text's file name.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Windows">Windows.</param>
/// <param name="Unquantized">The reference's perplexity, or null without one.</param>
/// <param name="Points">A point for each level, and one for a recipe.</param>
internal sealed record PageEvaluation(string Text, int Context, int Windows, double? Unquantized, PagePoint[] Points);

/// <summary>One evaluation.</summary>
/// <param name="Name">What was evaluated.</param>
/// <param name="Level">The level; null for a recipe.</param>
/// <param name="Bits">Bits a weight over all quantized matrices.</param>
/// <param name="Perplexity">e to the mean negative log-likelihood.</param>
/// <param name="Kl">KL(reference ‖ model) in nats, or null without a reference.</param>
/// <param name="Agreement">How often both find the same token the likeliest, 0 to 1, or null without a reference.</param>
internal sealed record PagePoint(string Name, int? Level, double Bits, double Perplexity, double? Kl, double? Agreement);
