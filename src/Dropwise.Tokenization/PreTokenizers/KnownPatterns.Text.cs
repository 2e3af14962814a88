namespace Dropwise.Tokenization.PreTokenizers;

/// <content>The expressions as the tokenizer files of their families spell them.</content>
internal static partial class KnownPatterns
{
    /// <summary>GPT-2, and whoever applies the ByteLevel pre-tokenizer.</summary>
    internal const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3.</summary>
    internal const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen 2 to 3.</summary>
    internal const string QwenPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Mistral from Nemo on.</summary>
    internal const string TekkenPattern =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
        + @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
        + @"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>GPT-4o: Tekken's with the endings of English words, and digits by threes.</summary>
    internal const string Gpt4OPattern =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        + @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|"
        + @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>A number of any script.</summary>
    internal const string DigitPattern = @"\p{N}";

    /// <summary>A run of numbers.</summary>
    internal const string DigitsPattern = @"\p{N}+";

    /// <summary>Numbers by threes.</summary>
    internal const string UpToThreeDigitsPattern = @"\p{N}{1,3}";

    /// <summary>Digits of ASCII by threes; one or two that are left stay together.</summary>
    internal const string ThreeDigitsPattern = "[0-9][0-9][0-9]";

    /// <summary>Runs of what Falcon counts as punctuation.</summary>
    internal const string FalconPunctuationPattern = @"[\p{P}\$\+<=>\^~\|`]+";

    /// <summary>A line end.</summary>
    internal const string LineEndPattern = "[\r\n]";

    /// <summary>White space before a line end.</summary>
    internal const string SpaceAtEndPattern = @"\s+$";

    /// <summary>A word, and the space before it.</summary>
    internal const string LettersPattern = @"\s?\p{L}+";

    /// <summary>Punctuation, and the space before it.</summary>
    internal const string PunctuationMarksPattern = @"\s?\p{P}+";

    /// <summary>
    /// A word of a script with capitals, and the space before it: DeepSeek LLM. Its file also names such scripts beyond U+FFFF, which
    /// <see cref="CodePointProjection"/> maps into this class.
    /// </summary>
    internal const string DeepSeekWordPattern =
        @"\s?["
        + @"A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377"
        + @"\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556"
        + @"\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15"
        + @"\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE"
        + @"\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113"
        + @"\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184"
        + @"\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E"
        + @"\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A"
        + "]+";

    /// <summary>Signs of ASCII, of full width and of Chinese texts, and the space before them.</summary>
    internal const string DeepSeekPunctuationPattern = @"\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+";

    /// <summary>Characters of scripts without spaces, as DeepSeek's first models have it.</summary>
    internal const string DeepSeekIdeographPattern = @"[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";

    /// <summary>Han, Hiragana and Katakana.</summary>
    internal const string DeepSeek3IdeographPattern = @"[\u4E00-\u9FA5\u3040-\u309F\u30A0-\u30FF]+";

    /// <summary>DeepSeek V3.</summary>
    internal const string DeepSeek3Pattern =
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
}
