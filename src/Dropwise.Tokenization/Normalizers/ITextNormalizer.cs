namespace Dropwise.Tokenization.Normalizers;

/// <summary>Rewrites the text between two added tokens before it is split.</summary>
internal interface ITextNormalizer
{
    /// <summary>Rewrites a text.</summary>
    /// <param name="text">The text, not empty.</param>
    /// <param name="opensText">True if it stands at the beginning of the whole text.</param>
    string Normalize(string text, bool opensText);
}
