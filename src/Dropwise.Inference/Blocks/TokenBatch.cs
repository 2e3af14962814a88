namespace Dropwise.Inference.Blocks;

/// <summary>Windows of text of one length that are computed at once, one after the other in memory.</summary>
/// <param name="Windows">Windows, at least 1.</param>
/// <param name="Tokens">Tokens of each, from position 0.</param>
public readonly record struct TokenBatch(int Windows, int Tokens)
{
    /// <summary>Tokens of all windows.</summary>
    public int Count => Windows * Tokens;
}
