namespace Dropwise.Tokenization.Normalizers;

/// <summary>Normalizers one after another.</summary>
/// <param name="steps">The normalizers, in order.</param>
internal sealed class NormalizerSequence(IReadOnlyList<ITextNormalizer> steps) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text, bool opensText)
    {
        foreach (ITextNormalizer step in steps)
            text = step.Normalize(text, opensText);
        return text;
    }
}
