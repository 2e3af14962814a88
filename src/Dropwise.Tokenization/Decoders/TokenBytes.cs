using System.Globalization;
using System.Text;
using Dropwise.Tokenization.AddedTokens;

namespace Dropwise.Tokenization.Decoders;

/// <summary>The UTF-8 bytes that each token adds to a text. A token may hold a part of a character only.</summary>
internal sealed class TokenBytes
{
    /// <summary>How much longer a token may become. Real decoders write a space for ▁.</summary>
    private const int MostGrowth = 4;

    /// <summary>What any token may gain, whatever its length.</summary>
    private const int FreeGrowth = 64;

    private readonly byte[]?[] _bytes;

    /// <param name="parts">The tokens, and how they are spelled.</param>
    /// <exception cref="TokenizerException">The decoder makes a token many times longer.</exception>
    internal TokenBytes(TokenizerParts parts)
    {
        (Vocabulary vocabulary, DecoderDefinition definition) = (parts.Vocabulary, parts.Decoder);
        _bytes = new byte[vocabulary.Size][];

        // Added tokens stand for their own spelling, even where that could be read as bytes: DeepSeek adds ü.
        DecoderDefinition spelling = definition with { IsByteLevel = false };
        foreach (AddedToken token in parts.AddedTokens)
            _bytes[token.Id] = Spell(vocabulary.Token(token.Id) ?? token.Content, spelling, parts.Source);
        for (int id = 0; id < _bytes.Length; id++)
        {
            if (_bytes[id] is null && vocabulary.Token(id) is string token)
                _bytes[id] = Spell(token, definition, parts.Source);
        }
    }

    /// <summary>The bytes of a token; null where no token has this id.</summary>
    internal byte[]? Find(int id) => (uint)id < (uint)_bytes.Length ? _bytes[id] : null;

    private static byte[] Spell(string token, DecoderDefinition definition, string source)
    {
        long most = FreeGrowth + ((long)MostGrowth * token.Length);
        foreach ((string pattern, string content) in definition.Replacements)
        {
            token = token.Replace(pattern, content, StringComparison.Ordinal);
            if (token.Length > most)
                throw new TokenizerException(source, "decoder", $"makes a token more than {MostGrowth} times as long");
        }
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
