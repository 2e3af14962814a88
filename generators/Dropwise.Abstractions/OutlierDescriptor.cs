namespace Dropwise;

/// <summary>Weights that are kept in high precision, as data; see <see cref="SparseOutliersAttribute"/>.</summary>
public sealed record OutlierDescriptor
{
    /// <summary>Output rows of a job.</summary>
    public const int JobRows = 16;

    /// <summary>Inputs of a job.</summary>
    public const int JobInputs = 512;

    // The number of a job's first entry.
    private const int OffsetBits = 32;

    /// <summary>The type of a value.</summary>
    public required ScalarType Value { get; init; }

    /// <summary>Bits of a place inside a job.</summary>
    public required int Index { get; init; }

    /// <summary>How outliers are ordered and found.</summary>
    public required OutlierLayout Layout { get; init; }

    /// <summary>Bits of a number of outliers and of the table that finds them.</summary>
    /// <param name="rows">Output rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="count">Outliers.</param>
    public long BitsOf(int rows, int columns, long count)
    {
        long jobs = ((long)rows + JobRows - 1) / JobRows * ((columns + JobInputs - 1) / JobInputs);
        return (count * (FormatDescriptor.BitsOf(Value) + Index)) + ((jobs + 1) * OffsetBits);
    }
}
