using System.Globalization;
using System.Text;
using Dropwise.Tokenization.AddedTokens;

namespace Dropwise.Tokenization.Decoders;

/// <summary>The UTF-8 bytes that each token adds to a text. A token may hold a part of a character only.</summary>
internal sealed class TokenBytes
{
    private readonly byte[]?[] _bytes;

    /// <param name="vocabulary">The tokens, added ones included.</param>
    /// <param name="definition">How they are spelled.</param>
    /// <param name="added">The added ones. They stand for their own spelling, even where that could be read as bytes: DeepSeek adds <c>ü</c>.</param>
    internal TokenBytes(Vocabulary vocabulary, DecoderDefinition definition, IReadOnlyList<AddedToken> added)
    {
        _bytes = new byte[vocabulary.Size][];
        DecoderDefinition spelling = definition with { IsByteLevel = false };
        foreach (AddedToken token in added)
            _bytes[token.Id] = Spell(vocabulary.Token(token.Id) ?? token.Content, spelling);
        for (int id = 0; id < _bytes.Length; id++)
        {
            if (_bytes[id] is null && vocabulary.Token(id) is string token)
                _bytes[id] = Spell(token, definition);
        }
    }

    /// <summary>The bytes of a token; null where no token has this id.</summary>
    internal byte[]? Find(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : null;

    private static byte[] Spell(string token, DecoderDefinition definition)
    {
        foreach ((string pattern, string content) in definition.Replacements)
            token = token.Replace(pattern, content, StringComparison.Ordinal);
        if (definition.HasByteFallback && TryParseByte(token, out byte value))
            return [value];
        return definition.IsByteLevel && TrySpellBytes(token) is byte[] bytes ? bytes : Encoding.UTF8.GetBytes(token);
    }

    private static bool TryParseByte(string token, out byte value)
    {
        value = 0;
        return token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The bytes of a token in the byte alphabet; null for one that is not, such as an added token with a space.</summary>
    private static byte[]? TrySpellBytes(string token)
    {
        var bytes = new byte[token.Length];
        for (int index = 0; index < token.Length; index++)
        {
            if (!ByteAlphabet.TryGetByte(token[index], out bytes[index]))
                return null;
        }
        return bytes;
    }
}
