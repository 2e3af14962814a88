using System.Text.RegularExpressions;

namespace Dropwise.Tokenization.PreTokenizers;

/// <summary>
/// The expressions of widely used tokenizers, compiled with this library: native code has no run-time compiler for expressions,
/// and interpreting these costs more time than the rest of the encoding.
/// </summary>
internal static partial class KnownPatterns
{
    private const string Gpt2Pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Llama3Pattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string QwenPattern =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string TekkenPattern =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
        + @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
        + @"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The expression of GPT-2, which the ByteLevel pre-tokenizer applies when it is asked to split.</summary>
    [GeneratedRegex(Gpt2Pattern, RegexOptions.CultureInvariant)]
    internal static partial Regex Gpt2 { get; }

    /// <summary>A digit, as the Digits pre-tokenizer sees it: every Unicode number.</summary>
    [GeneratedRegex(@"\p{N}", RegexOptions.CultureInvariant)]
    internal static partial Regex Digit { get; }

    /// <summary>A punctuation mark, as the Punctuation pre-tokenizer sees it: Unicode's, and every sign of ASCII.</summary>
    [GeneratedRegex(@"[\p{P}!-/:-@\[-`{-~]", RegexOptions.CultureInvariant)]
    internal static partial Regex Punctuation { get; }

    [GeneratedRegex(Llama3Pattern, RegexOptions.CultureInvariant)]
    private static partial Regex Llama3 { get; }

    [GeneratedRegex(QwenPattern, RegexOptions.CultureInvariant)]
    private static partial Regex Qwen { get; }

    [GeneratedRegex(TekkenPattern, RegexOptions.CultureInvariant)]
    private static partial Regex Tekken { get; }

    /// <summary>The compiled form of an expression, or null if it is none of the known ones.</summary>
    internal static Regex? Find(string pattern) => pattern switch
    {
        Gpt2Pattern => Gpt2,
        Llama3Pattern => Llama3,
        QwenPattern => Qwen,
        TekkenPattern => Tekken,
        _ => null,
    };
}
