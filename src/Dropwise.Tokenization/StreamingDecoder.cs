using System.Text;

namespace Dropwise.Tokenization;

/// <summary>
/// Turns ids into text one by one, as a model generates them. Bytes that do not make a whole character yet are held back until
/// the rest arrives, so that what comes out is always valid text.
/// </summary>
public sealed class StreamingDecoder
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipsSpecialTokens;
    private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
    private int _charactersToStrip;

    internal StreamingDecoder(Tokenizer tokenizer, bool skipsSpecialTokens, int charactersToStrip)
    {
        _tokenizer = tokenizer;
        _skipsSpecialTokens = skipsSpecialTokens;
        _charactersToStrip = charactersToStrip;
    }

    /// <summary>Adds a token.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The text that is complete now, often empty.</returns>
    /// <exception cref="TokenizerException">No token has this id.</exception>
    public string Append(int id)
    {
        var text = new StringBuilder();
        Append(id, text);
        return text.ToString();
    }

    /// <summary>Ends the text; bytes still held back become U+FFFD.</summary>
    /// <returns>What was held back, mostly nothing.</returns>
    public string Finish()
    {
        var text = new StringBuilder();
        Finish(text);
        return text.ToString();
    }

    internal void Append(int id, StringBuilder text)
    {
        ReadOnlySpan<byte> bytes = _tokenizer.BytesOf(id);
        if (!_skipsSpecialTokens || !_tokenizer.IsSpecial(id))
            Append(bytes, text, flush: false);
    }

    internal void Finish(StringBuilder text) => Append([], text, flush: true);

    private void Append(ReadOnlySpan<byte> bytes, StringBuilder text, bool flush)
    {
        const int MostOnStack = 256; // Tokens are rarely longer than 16 bytes; a hostile vocabulary may hold any length.
        // A byte yields at most one UTF-16 unit, and bytes held back from before at most two more.
        int most = bytes.Length + 2;
        Span<char> characters = most <= MostOnStack ? stackalloc char[MostOnStack] : new char[most];
        characters = characters[.._utf8.GetChars(bytes, characters, flush)];

        while (_charactersToStrip > 0 && !characters.IsEmpty)
        {
            // Only an unbroken run at the very beginning is taken off.
            bool strips = characters[0] == _tokenizer.StrippedCharacter;
            _charactersToStrip = strips ? _charactersToStrip - 1 : 0;
            characters = strips ? characters[1..] : characters;
        }
        text.Append(characters);
    }
}
