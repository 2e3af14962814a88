namespace Dropwise.Tokenization.Normalizers;

/// <summary>Normalizers one after another.</summary>
/// <param name="steps">The normalizers, in order.</param>
/// <param name="source">The tokenizer, as messages name it.</param>
internal sealed class NormalizerSequence(IReadOnlyList<ITextNormalizer> steps, string source) : ITextNormalizer
{
    /// <summary>How much longer a text may become. Real normalizers add a prefix; a few steps of a hostile one double it each.</summary>
    private const int MostGrowth = 16;

    /// <summary>What any text may gain, whatever its length.</summary>
    private const int FreeGrowth = 1024;

    /// <inheritdoc/>
    /// <exception cref="TokenizerException">The text becomes many times longer.</exception>
    public string Normalize(string text, bool opensText)
    {
        long most = FreeGrowth + ((long)MostGrowth * text.Length);
        foreach (ITextNormalizer step in steps)
        {
            text = step.Normalize(text, opensText);
            if (text.Length > most)
                throw new TokenizerException(source, "normalizer", $"makes a text more than {MostGrowth} times as long");
        }
        return text;
    }
}
