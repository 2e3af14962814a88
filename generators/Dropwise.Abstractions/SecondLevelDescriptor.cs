namespace Dropwise;

/// <summary>Scales and zeros that are quantized themselves, as data; see <see cref="SecondLevelAttribute"/>.</summary>
public sealed record SecondLevelDescriptor
{
    /// <summary>Bits of a quantized scale.</summary>
    public required int ScaleBits { get; init; }

    /// <summary>Bits of a quantized zero.</summary>
    public required int ZeroBits { get; init; }

    /// <summary>Consecutive output rows that share statistics.</summary>
    public required int GroupRows { get; init; }

    /// <summary>The type of a statistic.</summary>
    public required ScalarType Stat { get; init; }

    /// <summary>The number of row groups of a matrix, the last perhaps shorter.</summary>
    /// <param name="rows">Output rows N.</param>
    public int RowGroupsOf(int rows) => (rows + GroupRows - 1) / GroupRows;
}
