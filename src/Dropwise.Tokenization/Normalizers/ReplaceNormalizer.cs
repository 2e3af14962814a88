namespace Dropwise.Tokenization.Normalizers;

/// <summary>Replaces each occurrence of one string by another, such as the space by ▁.</summary>
/// <param name="pattern">What is replaced, not empty.</param>
/// <param name="content">What stands in its place.</param>
internal sealed class ReplaceNormalizer(string pattern, string content) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text, bool opensText) => text.Replace(pattern, content, StringComparison.Ordinal);
}
