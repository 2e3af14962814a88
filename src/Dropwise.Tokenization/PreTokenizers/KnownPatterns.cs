using System.Text.RegularExpressions;

namespace Dropwise.Tokenization.PreTokenizers;

/// <summary>
/// The expressions of widely used tokenizers, compiled with this library: native code has no run-time compiler for expressions,
/// and interpreting these costs more time than the rest of the encoding.
/// </summary>
internal static partial class KnownPatterns
{
    // Tokenizer files are written for Oniguruma, where $ matches at every line.
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.Multiline;

    /// <summary>The expression of GPT-2, which the ByteLevel pre-tokenizer applies when it is asked to split.</summary>
    [GeneratedRegex(Gpt2Pattern, Options)]
    internal static partial Regex Gpt2 { get; }

    /// <summary>A digit, as the Digits pre-tokenizer sees it: every Unicode number.</summary>
    [GeneratedRegex(DigitPattern, Options)]
    internal static partial Regex Digit { get; }

    /// <summary>A run of the digits of ASCII.</summary>
    [GeneratedRegex("[0-9]+", Options)]
    internal static partial Regex AsciiDigits { get; }

    /// <summary>A punctuation mark, as the Punctuation pre-tokenizer sees it: Unicode's, and every sign of ASCII.</summary>
    [GeneratedRegex(@"[\p{P}!-/:-@\[-`{-~]", Options)]
    internal static partial Regex Punctuation { get; }

    [GeneratedRegex(Llama3Pattern, Options)]
    private static partial Regex Llama3 { get; }

    [GeneratedRegex(QwenPattern, Options)]
    private static partial Regex Qwen { get; }

    [GeneratedRegex(TekkenPattern, Options)]
    private static partial Regex Tekken { get; }

    [GeneratedRegex(Gpt4OPattern, Options)]
    private static partial Regex Gpt4O { get; }

    [GeneratedRegex(DigitsPattern, Options)]
    private static partial Regex Digits { get; }

    [GeneratedRegex(UpToThreeDigitsPattern, Options)]
    private static partial Regex UpToThreeDigits { get; }

    [GeneratedRegex(ThreeDigitsPattern, Options)]
    private static partial Regex ThreeDigits { get; }

    [GeneratedRegex(FalconPunctuationPattern, Options)]
    private static partial Regex FalconPunctuation { get; }

    [GeneratedRegex(LineEndPattern, Options)]
    private static partial Regex LineEnd { get; }

    [GeneratedRegex(SpaceAtEndPattern, Options)]
    private static partial Regex SpaceAtEnd { get; }

    [GeneratedRegex(LettersPattern, Options)]
    private static partial Regex Letters { get; }

    [GeneratedRegex(PunctuationMarksPattern, Options)]
    private static partial Regex PunctuationMarks { get; }

    [GeneratedRegex(DeepSeekWordPattern, Options)]
    private static partial Regex DeepSeekWord { get; }

    [GeneratedRegex(DeepSeekPunctuationPattern, Options)]
    private static partial Regex DeepSeekPunctuation { get; }

    [GeneratedRegex(DeepSeekIdeographPattern, Options)]
    private static partial Regex DeepSeekIdeograph { get; }

    [GeneratedRegex(DeepSeek3IdeographPattern, Options)]
    private static partial Regex DeepSeek3Ideograph { get; }

    [GeneratedRegex(DeepSeek3Pattern, Options)]
    private static partial Regex DeepSeek3 { get; }

    /// <summary>The compiled form of an expression, or null if it is none of the known ones.</summary>
    internal static Regex? Find(string pattern) => pattern switch
    {
        Gpt2Pattern => Gpt2,
        DigitPattern => Digit,
        Llama3Pattern => Llama3,
        QwenPattern => Qwen,
        TekkenPattern => Tekken,
        Gpt4OPattern => Gpt4O,
        DigitsPattern => Digits,
        UpToThreeDigitsPattern => UpToThreeDigits,
        ThreeDigitsPattern => ThreeDigits,
        FalconPunctuationPattern => FalconPunctuation,
        LineEndPattern => LineEnd,
        SpaceAtEndPattern => SpaceAtEnd,
        LettersPattern => Letters,
        PunctuationMarksPattern => PunctuationMarks,
        DeepSeekWordPattern => DeepSeekWord,
        DeepSeekPunctuationPattern => DeepSeekPunctuation,
        DeepSeekIdeographPattern => DeepSeekIdeograph,
        DeepSeek3IdeographPattern => DeepSeek3Ideograph,
        DeepSeek3Pattern => DeepSeek3,
        _ => null,
    };
}
