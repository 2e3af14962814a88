namespace Dropwise.Tokenization.Models;

/// <summary>A byte-pair encoding as a file declares it, checked: every id exists.</summary>
internal sealed record BpeDefinition
{
    /// <summary>The tokens.</summary>
    internal required Vocabulary Vocabulary { get; init; }

    /// <summary>The rules.</summary>
    internal required IReadOnlyList<MergeRule> Merges { get; init; }

    /// <summary>True if tokens are spelled in the <see cref="ByteAlphabet"/>.</summary>
    internal required bool IsByteLevel { get; init; }

    /// <summary>
    /// True if a byte whose character in the <see cref="ByteAlphabet"/> is a number (0 to 9, and those of ² ³ ¹ ¼ ½ ¾) never merges with one
    /// whose character is none: Falcon looks for digits after bytes have become characters.
    /// </summary>
    internal bool CutsAtNumericBytes { get; init; }

    /// <summary>True if a piece that is a token as it stands is not built from merges.</summary>
    internal bool IgnoresMerges { get; init; }

    /// <summary>True if a character without a token becomes the tokens <c>&lt;0xNN&gt;</c> of its UTF-8 bytes.</summary>
    internal bool HasByteFallback { get; init; }

    /// <summary>The id of characters that have no token and no bytes either; null drops them.</summary>
    internal int? UnknownId { get; init; }

    /// <summary>True if neighbouring unknown characters become one unknown token.</summary>
    internal bool FusesUnknown { get; init; }
}
