namespace Dropwise;

/// <summary>
/// Some weights of a matrix are kept in high precision: their values replace what their codes stand for (SpQR, arXiv 2306.03078,
/// section 4.1). Any weight may be one, and any number of them.
/// </summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class SparseOutliersAttribute : Attribute
{
    /// <summary>The type of an outlier's value: <see cref="ScalarType.Float16"/>.</summary>
    public ScalarType Value { get; init; } = ScalarType.Float16;

    /// <summary>Bits of an outlier's place inside its job: 16, of which the layout uses 13.</summary>
    public int Index { get; init; } = 16;

    /// <summary>How outliers are ordered and found.</summary>
    public OutlierLayout Layout { get; init; } = OutlierLayout.Jobs;
}
