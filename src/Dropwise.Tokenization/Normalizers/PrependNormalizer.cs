namespace Dropwise.Tokenization.Normalizers;

/// <summary>Puts a string before the text, such as the ▁ that makes the first word look like every other one.</summary>
/// <param name="prefix">The string.</param>
/// <param name="condition">Which texts get it.</param>
internal sealed class PrependNormalizer(string prefix, PrependCondition condition) : ITextNormalizer
{
    /// <inheritdoc/>
    public string Normalize(string text, bool opensText)
    {
        bool prepends = condition switch
        {
            PrependCondition.Always => true,
            PrependCondition.UnlessPresent => !text.StartsWith(prefix, StringComparison.Ordinal),
            _ => opensText && !text.StartsWith(prefix, StringComparison.Ordinal),
        };
        return prepends ? prefix + text : text;
    }
}
