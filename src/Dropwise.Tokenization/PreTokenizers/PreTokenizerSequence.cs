namespace Dropwise.Tokenization.PreTokenizers;

/// <summary>Pre-tokenizers one after another: each cuts the pieces of the one before it.</summary>
/// <param name="steps">The pre-tokenizers, in order.</param>
internal sealed class PreTokenizerSequence(IReadOnlyList<IPreTokenizer> steps) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(ReadOnlySpan<char> text, TextRange range, List<TextRange> pieces)
    {
        List<TextRange> current = [range];
        foreach (IPreTokenizer step in steps)
        {
            var next = new List<TextRange>(current.Count);
            foreach (TextRange piece in current)
                step.Split(text, piece, next);
            current = next;
        }
        pieces.AddRange(current);
    }
}
