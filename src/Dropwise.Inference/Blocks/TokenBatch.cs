namespace Dropwise.Inference.Blocks;

/// <summary>Windows of text of one length that are computed at once, one after the other in memory.</summary>
/// <param name="Windows">Windows, at least 1.</param>
/// <param name="Tokens">Tokens of each.</param>
/// <param name="First">The position of each window's first token.</param>
public readonly record struct TokenBatch(int Windows, int Tokens, int First = 0)
{
    /// <summary>Tokens of all windows.</summary>
    public int Count => Windows * Tokens;
}
