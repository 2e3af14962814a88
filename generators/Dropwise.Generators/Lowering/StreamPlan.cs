using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>One operand stream, with a shape that depends on the matrix.</summary>
/// <param name="Name">The suffix of the tensor's name.</param>
/// <param name="Level">The lowest level that reads it, from 1.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The extents, outermost first.</param>
internal sealed record StreamPlan(string Name, int Level, ScalarType Type, EquatableArray<Extent> Shape);

/// <summary>One extent of a stream: <c>⌈source / Unit⌉ · Factor</c>.</summary>
/// <param name="Source">What it counts.</param>
/// <param name="Unit">How many of the source make one.</param>
/// <param name="Factor">Elements for each.</param>
internal sealed record Extent(ExtentSource Source, int Unit, int Factor)
{
    /// <summary>One for each outlier, and one more, so that no stream is empty.</summary>
    public static Extent Outliers { get; } = new(ExtentSource.Outliers, 1, 1);

    /// <summary>An extent that no matrix changes.</summary>
    /// <param name="value">Elements.</param>
    public static Extent Constant(int value) => new(ExtentSource.One, 1, value);

    /// <summary>Units of output rows.</summary>
    /// <param name="unit">Rows a unit.</param>
    /// <param name="factor">Elements a unit.</param>
    public static Extent Rows(int unit, int factor = 1) => new(ExtentSource.Rows, unit, factor);

    /// <summary>Units of inputs.</summary>
    /// <param name="unit">Inputs a unit.</param>
    /// <param name="factor">Elements a unit.</param>
    public static Extent Columns(int unit, int factor = 1) => new(ExtentSource.Columns, unit, factor);
}

/// <summary>What an extent counts.</summary>
internal enum ExtentSource
{
    /// <summary>Nothing: the extent is a constant.</summary>
    One = 0,

    /// <summary>Output rows N.</summary>
    Rows = 1,

    /// <summary>Inputs K.</summary>
    Columns = 2,

    /// <summary>Outliers of the matrix, and one.</summary>
    Outliers = 3,
}
