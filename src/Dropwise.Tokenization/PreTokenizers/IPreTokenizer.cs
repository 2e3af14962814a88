namespace Dropwise.Tokenization.PreTokenizers;

/// <summary>Cuts a text into pieces that the model encodes one by one.</summary>
internal interface IPreTokenizer
{
    /// <summary>Cuts one run of a text.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="range">The run to cut; what lies outside of it is not looked at.</param>
    /// <param name="pieces">Receives the pieces, in order.</param>
    void Split(ReadOnlySpan<char> text, TextRange range, List<TextRange> pieces);
}
