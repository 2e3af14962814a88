using System.Collections.Immutable;

namespace Dropwise;

/// <summary>
/// A declared format as data, written by the generator into each registry row. Quantizers, readers and the oracle are generic over
/// it, so that a new format is one annotated type and nothing else.
/// </summary>
public sealed record FormatDescriptor
{
    /// <summary>The name on the command line and in checkpoints.</summary>
    public required string Name { get; init; }

    /// <summary>How a code becomes a value.</summary>
    public required CodeKind Kind { get; init; }

    /// <summary>Bits of one code: of a weight (uniform, lookup) or of a codeword index (additive).</summary>
    public required int CodeBits { get; init; }

    /// <summary>Uniform codes: whether q is signed.</summary>
    public bool Signed { get; init; }

    /// <summary>Lookup codes: the 2^CodeBits values in ascending order; otherwise empty.</summary>
    public ImmutableArray<float> LookupValues { get; init; } = [];

    /// <summary>The number of codebooks; 1 where codes are not additive.</summary>
    public int CodebookCount { get; init; } = 1;

    /// <summary>The weights that one code describes: the codeword's length, 1 where codes are not additive.</summary>
    public int Dimension { get; init; } = 1;

    /// <summary>Additive codes: the type of a codeword's elements.</summary>
    public ScalarType Codeword { get; init; } = ScalarType.Float16;

    /// <summary>Additive codes: which matrices share the codebooks.</summary>
    public CodebookScope Scope { get; init; }

    /// <summary>Inputs that share a group scale; 0 where there is none.</summary>
    public int GroupSize { get; init; }

    /// <summary>The type of a group's scale, and of its offset under <see cref="ZeroPoint.Rescale"/>.</summary>
    public ScalarType GroupScale { get; init; } = ScalarType.Float16;

    /// <summary>How a group's zero is kept.</summary>
    public ZeroPoint Zero { get; init; }

    /// <summary>How scales and zeros of groups are quantized themselves, or null. (A null is not written to checkpoints, so that earlier ones compare equal.)</summary>
    public SecondLevelDescriptor? SecondLevel { get; init; }

    /// <summary>The bytes of a block where they are somebody else's, or null.</summary>
    public BlockDescriptor? Block { get; init; }

    /// <summary>How weights in high precision are kept, or null.</summary>
    public OutlierDescriptor? Outliers { get; init; }

    /// <summary>The type of the scale of an output row, or null where there is none.</summary>
    public ScalarType? OutputScale { get; init; }

    /// <summary>Whether every prefix of the codebooks is a served level.</summary>
    public bool Nested { get; init; }

    /// <summary>What happens to the inputs first.</summary>
    public Rotation Rotation { get; init; }

    /// <summary>The number of served levels: the codebooks of a nested format, otherwise 1.</summary>
    public int Levels => Nested ? CodebookCount : 1;

    /// <summary>The number of values of one code; ternary digits have a table of three.</summary>
    public int CodeCount => Kind == CodeKind.Lookup ? LookupValues.Length : 1 << CodeBits;

    /// <summary>What divides the inputs K of every matrix: a codeword's length, or a block of somebody else's.</summary>
    public int InputUnit => Block?.Inputs ?? Dimension;

    /// <summary>Whether codes are additive and too wide for a byte: they lie row after row and take 16 bits each.</summary>
    public bool HasWideCodes => Kind == CodeKind.Additive && CodeBits > 8;

    /// <summary>Bits that a code takes on disk and in memory.</summary>
    public int StoredCodeBits => HasWideCodes ? 16 : CodeBits;

    /// <summary>The smallest code value: negative for signed uniform codes, otherwise 0.</summary>
    public int MinimumCode => Signed ? -(1 << (CodeBits - 1)) : 0;

    /// <summary>The largest code value.</summary>
    public int MaximumCode => MinimumCode + CodeCount - 1;

    // Scale and zero of one group of one row; statistics that rows share are apart.
    private int GroupBits => SecondLevel is { } second ? second.ScaleBits + second.ZeroBits : BitsOf(GroupScale) + Zero switch
    {
        ZeroPoint.Original => CodeBits,
        ZeroPoint.Rescale => BitsOf(GroupScale),
        _ => 0,
    };

    /// <summary>The number of codebooks that a level reads.</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The level is not served.</exception>
    public int CodebooksAt(int level)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, Levels);
        return Nested ? level : CodebookCount;
    }

    /// <summary>The number of groups that a row of K inputs has, the last perhaps shorter.</summary>
    /// <param name="columns">Inputs K.</param>
    public int GroupsOf(int columns) => GroupSize == 0 ? 0 : (columns + GroupSize - 1) / GroupSize;

    /// <summary>The block of the rotation for K inputs: the largest power of two that divides K, at most 256.</summary>
    /// <param name="columns">Inputs K, positive.</param>
    public static int RotationBlock(int columns) => Math.Min(columns & -columns, 256);

    /// <summary>
    /// Bits a weight of one N×K matrix at a level, everything counted that this level reads: codes, scales, zeros, codebooks of the
    /// matrix's own, rotation signs and outliers. Padding of the kernel layout is not counted.
    /// </summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="outliers">Weights in high precision.</param>
    public double BitsPerWeight(int level, int rows, int columns, long outliers = 0)
    {
        int codebooks = CodebooksAt(level);
        if (Block is { } block) return BlockBits(block);
        double codes = (double)codebooks * StoredCodeBits * rows * ((columns + Dimension - 1) / Dimension);
        double groups = (double)rows * GroupsOf(columns) * GroupBits;
        double statistics = SecondLevel is { } second ? (double)second.RowGroupsOf(rows) * GroupsOf(columns) * StatisticBits(second) : 0;
        double sparse = Outliers?.BitsOf(rows, columns, outliers) ?? 0;
        double output = OutputScale is { } type ? (double)rows * BitsOf(type) : 0;
        double own = Kind == CodeKind.Additive && Scope == CodebookScope.Tensor
            ? (double)codebooks * ((CodeCount * Dimension * BitsOf(Codeword)) + (Codeword == ScalarType.Int8 ? 32 : 0))
            : 0;
        double signs = Rotation == Rotation.None ? 0 : columns;
        return (codes + groups + statistics + sparse + output + own + signs) / ((double)rows * columns);
    }

    /// <summary>Bits a weight in the limit of a large matrix without outliers: codes, group scales and zeros only.</summary>
    /// <param name="level">1 to <see cref="Levels"/>.</param>
    public double BitsPerWeight(int level)
    {
        if (Block is { } block) return BlockBits(block);
        double codes = (double)CodebooksAt(level) * StoredCodeBits / Dimension;
        double statistics = SecondLevel is { } second ? (double)StatisticBits(second) / second.GroupRows : 0;
        return codes + (GroupSize == 0 ? 0 : (GroupBits + statistics) / GroupSize);
    }

    /// <summary>Bits of one element.</summary>
    /// <param name="type">The element type.</param>
    public static int BitsOf(ScalarType type) => type switch
    {
        ScalarType.Float32 => 32,
        ScalarType.Float16 or ScalarType.BFloat16 => 16,
        _ => 8,
    };

    private static double BlockBits(BlockDescriptor block) => 8.0 * block.Bytes / block.Inputs;

    // Step and offset of the scales, and of the zeros.
    private static int StatisticBits(SecondLevelDescriptor second) => 4 * BitsOf(second.Stat);
}
