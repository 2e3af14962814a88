using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Dropwise.Tokenization.AddedTokens;
using Dropwise.Tokenization.Decoders;
using Dropwise.Tokenization.Models;

namespace Dropwise.Tokenization;

/// <summary>
/// Text to token ids and back, exactly as the tokenizer of the model's authors does it. Safe to share between threads.
/// </summary>
/// <remarks>
/// Encoding passes through the parts that tokenizer.json names: added tokens are cut out, the text between them is normalized, split
/// into pieces by the pre-tokenizer, and each piece is encoded by the model. Decoding joins the bytes of the tokens.
/// </remarks>
public sealed partial class Tokenizer
{
    private readonly TokenizerParts _parts;
    private readonly TokenBytes _bytes;
    private readonly AddedTokenMatcher? _rawTokens;
    private readonly AddedTokenMatcher? _normalizedTokens;
    private readonly HashSet<int> _specialIds;

    /// <summary>Scratch space that no call uses right now; calls on other threads make their own.</summary>
    private EncodingScratch? _spare;

    internal Tokenizer(TokenizerParts parts)
    {
        _parts = parts;
        _bytes = new TokenBytes(parts);
        _rawTokens = CreateMatcher(parts.AddedTokens.Where(token => !token.IsNormalized));
        _normalizedTokens = CreateMatcher(parts.AddedTokens.Where(token => token.IsNormalized).Select(Normalize));
        _specialIds = [.. parts.AddedTokens.Where(token => token.IsSpecial).Select(token => token.Id)];
    }

    /// <summary>The file or other origin of the tokenizer, as messages name it.</summary>
    public string Source => _parts.Source;

    /// <summary>One more than the highest id, added tokens included. A model may have more rows than this.</summary>
    public int VocabularySize => _parts.Vocabulary.Size;

    /// <summary>The id of the token that begins a text, if the tokenizer names one.</summary>
    public int? BeginOfTextId => _parts.BeginOfTextId;

    /// <summary>The id of the token that ends a text, if the tokenizer names one.</summary>
    public int? EndOfTextId => _parts.EndOfTextId;

    internal char StrippedCharacter => _parts.Decoder.StrippedCharacter;

    /// <summary>The id of a token.</summary>
    /// <param name="token">The token as the vocabulary spells it, for example <c>Ġthe</c>.</param>
    /// <returns>The id, or null if there is no such token.</returns>
    public int? TokenToId(string token) => _parts.Vocabulary.TryGetId(token, out int id) ? id : null;

    /// <summary>The token with this id as the vocabulary spells it, or null if there is none.</summary>
    /// <param name="id">Any number.</param>
    public string? IdToToken(int id) => _parts.Vocabulary.Token(id);

    /// <summary>True if the token with this id controls the model and is no text.</summary>
    /// <param name="id">Any number.</param>
    public bool IsSpecial(int id) => _specialIds.Contains(id);

    /// <summary>Encodes a text. Added tokens that it spells out, such as <c>&lt;|eos|&gt;</c>, become their ids.</summary>
    /// <param name="text">The text, of any length; a lone surrogate counts as U+FFFD.</param>
    /// <param name="addSpecialTokens">True to put the tokens around the text that the tokenizer's template asks for.</param>
    /// <returns>The ids; none for an empty text.</returns>
    /// <exception cref="TokenizerException">An expression of the pre-tokenizer takes too long on this text.</exception>
    public int[] Encode(ReadOnlySpan<char> text, bool addSpecialTokens = false)
    {
        EncodingScratch scratch = Interlocked.Exchange(ref _spare, null) ?? new EncodingScratch();
        scratch.Ids.Clear();
        if (addSpecialTokens)
            scratch.Ids.AddRange(_parts.Template.Before);
        EncodeText(text, scratch);
        if (addSpecialTokens)
            scratch.Ids.AddRange(_parts.Template.After);
        int[] ids = [.. scratch.Ids];
        _spare = scratch;
        return ids;
    }

    /// <summary>Decodes ids. Bytes that are no valid UTF-8 become U+FFFD.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecialTokens">True to leave special tokens out, false to spell them.</param>
    /// <returns>The text.</returns>
    /// <exception cref="TokenizerException">No token has one of the ids.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        StreamingDecoder decoder = CreateStreamingDecoder(continuesText: false, skipSpecialTokens);
        var text = new StringBuilder();
        foreach (int id in ids)
            decoder.Append(id, text);
        decoder.Finish(text);
        return text.ToString();
    }

    /// <summary>Creates a decoder for ids that arrive one by one.</summary>
    /// <param name="continuesText">True if the ids follow others (a prompt), so that a space at their beginning is kept.</param>
    /// <param name="skipSpecialTokens">True to leave special tokens out, false to spell them.</param>
    public StreamingDecoder CreateStreamingDecoder(bool continuesText, bool skipSpecialTokens) =>
        new(this, skipSpecialTokens, continuesText ? 0 : _parts.Decoder.StripCount);

    internal ReadOnlySpan<byte> BytesOf(int id) => _bytes.Find(id) ?? throw new TokenizerException(
        Source, "ids", $"no token has the id {id}; the vocabulary has {VocabularySize} ids");

    private void EncodeText(ReadOnlySpan<char> text, EncodingScratch scratch)
    {
        int position = 0;
        while (_rawTokens is not null && _rawTokens.TryFind(text, position, out AddedToken? token, out TextRange range))
        {
            EncodeBetweenTokens(text[position..range.Start], opensText: position == 0, scratch);
            scratch.Ids.Add(token.Id);
            position = range.End;
        }
        EncodeBetweenTokens(text[position..], opensText: position == 0, scratch);
    }

    private void EncodeBetweenTokens(ReadOnlySpan<char> text, bool opensText, EncodingScratch scratch)
    {
        if (text.IsEmpty)
            return;
        if (_parts.Normalizer is not null)
            text = _parts.Normalizer.Normalize(text.ToString(), opensText);

        int position = 0;
        while (_normalizedTokens is not null
            && _normalizedTokens.TryFind(text, position, out AddedToken? token, out TextRange range))
        {
            EncodePieces(text[position..range.Start], scratch);
            scratch.Ids.Add(token.Id);
            position = range.End;
        }
        EncodePieces(text[position..], scratch);
    }

    private void EncodePieces(ReadOnlySpan<char> text, EncodingScratch scratch)
    {
        if (text.IsEmpty)
            return;
        scratch.Pieces.Clear();
        var whole = new TextRange(0, text.Length);
        try
        {
            if (_parts.PreTokenizer is null)
                scratch.Pieces.Add(whole);
            else
                _parts.PreTokenizer.Split(text, whole, scratch.Pieces);
        }
        catch (RegexMatchTimeoutException timeout)
        {
            throw new TokenizerException(
                Source, "pre_tokenizer", $"the expression takes more than {timeout.MatchTimeout.TotalSeconds:0} s on this text", timeout);
        }
        foreach (TextRange piece in scratch.Pieces)
            EncodePiece(piece.Of(text), scratch);
    }

    private void EncodePiece(ReadOnlySpan<char> piece, EncodingScratch scratch)
    {
        List<int> ids = scratch.Ids;
        if (scratch.Words.TryFind(piece, out ReadOnlySpan<int> known))
        {
            ids.AddRange(known);
            return;
        }
        int first = ids.Count;
        _parts.Model.Encode(piece, ids);
        scratch.Words.Add(piece, CollectionsMarshal.AsSpan(ids)[first..]);
    }

    private static AddedTokenMatcher? CreateMatcher(IEnumerable<AddedToken> tokens)
    {
        AddedToken[] found = [.. tokens];
        return found.Length == 0 ? null : new AddedTokenMatcher(found);
    }

    /// <summary>A token that is looked for in normalized text has to be spelled like that text.</summary>
    private AddedToken Normalize(AddedToken token) =>
        token with { Content = _parts.Normalizer?.Normalize(token.Content, opensText: false) ?? token.Content };
}
