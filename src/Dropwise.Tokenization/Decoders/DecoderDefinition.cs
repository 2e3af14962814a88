namespace Dropwise.Tokenization.Decoders;

/// <summary>How tokens become text, as a file declares it.</summary>
internal sealed record DecoderDefinition
{
    /// <summary>Strings that are replaced in each token, in order.</summary>
    internal IReadOnlyList<(string Pattern, string Content)> Replacements { get; init; } = [];

    /// <summary>True if tokens are spelled in the <see cref="ByteAlphabet"/>.</summary>
    internal bool IsByteLevel { get; init; }

    /// <summary>True if a token <c>&lt;0xNN&gt;</c> stands for a byte.</summary>
    internal bool HasByteFallback { get; init; }

    /// <summary>What is taken off the beginning of the whole text.</summary>
    internal char StrippedCharacter { get; init; }

    /// <summary>How many <see cref="StrippedCharacter"/> are taken off at most.</summary>
    internal int StripCount { get; init; }
}
