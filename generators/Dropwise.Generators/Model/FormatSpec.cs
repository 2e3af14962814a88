namespace Dropwise.Generators.Model;

/// <summary>
/// A declared format, free of symbols and syntax: everything that lowering and emission read. Sealed records of values only, so
/// that two declarations that mean the same are equal and the pipeline stops there.
/// </summary>
internal sealed record FormatSpec
{
    /// <summary>The namespace of the annotated type; empty for the global one.</summary>
    public required string Namespace { get; init; }

    /// <summary>The annotated type's name.</summary>
    public required string TypeName { get; init; }

    /// <summary>The format's name, as in <c>QuantFormat("…")</c>.</summary>
    public required string Name { get; init; }

    /// <summary>How a code becomes a value.</summary>
    public required CodeKind Kind { get; init; }

    /// <summary>Bits of one code.</summary>
    public required int CodeBits { get; init; }

    /// <summary>Uniform codes: whether q is signed.</summary>
    public required bool Signed { get; init; }

    /// <summary>Lookup codes: the table; otherwise empty.</summary>
    public required EquatableArray<float> LookupValues { get; init; }

    /// <summary>The number of codebooks; 1 where codes are not additive.</summary>
    public required int CodebookCount { get; init; }

    /// <summary>Weights a code; 1 where codes are not additive.</summary>
    public required int Dimension { get; init; }

    /// <summary>The type of a codeword's elements.</summary>
    public required ScalarType Codeword { get; init; }

    /// <summary>Which matrices share codebooks.</summary>
    public required CodebookScope Scope { get; init; }

    /// <summary>Inputs a group; 0 where there is no group scale.</summary>
    public required int GroupSize { get; init; }

    /// <summary>The type of a group's scale.</summary>
    public required ScalarType GroupScale { get; init; }

    /// <summary>How a group's zero is kept.</summary>
    public required ZeroPoint Zero { get; init; }

    /// <summary>How scales and zeros of groups are quantized themselves, or null.</summary>
    public required SecondLevelSpec? SecondLevel { get; init; }

    /// <summary>The bytes of a block where they are somebody else's, or null.</summary>
    public BlockSpec? Block { get; init; }

    /// <summary>How weights in high precision are kept, or null.</summary>
    public required OutlierSpec? Outliers { get; init; }

    /// <summary>The type of a row's scale, or null.</summary>
    public required ScalarType? OutputScale { get; init; }

    /// <summary>Whether prefixes of the codebooks are served levels.</summary>
    public required bool Nested { get; init; }

    /// <summary>What happens to the inputs first.</summary>
    public required Rotation Rotation { get; init; }

    /// <summary>Whether additive codes take two bytes each.</summary>
    public bool HasWideCodes => Kind == CodeKind.Additive && CodeBits > 8;

    /// <summary>Bits that a code takes in a stream.</summary>
    public int StoredCodeBits => HasWideCodes ? 16 : CodeBits;

    /// <summary>Served levels.</summary>
    public int Levels => Nested ? CodebookCount : 1;
}
