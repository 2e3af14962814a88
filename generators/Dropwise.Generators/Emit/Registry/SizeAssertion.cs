using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>
/// Writes a constant that only compiles where a tile is as large as the declaration says: layouts and declarations are computed apart,
/// and a byte too many or too few would show in no test of values.
/// </summary>
internal static class SizeAssertion
{
    /// <summary>Writes the constants.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    public static void Write(SourceWriter writer, KernelPlan plan)
    {
        FormatSpec format = plan.Format;
        int rows = plan.Layout.TileRows;
        int inputs = DeclaredSize.WholeInputs(format);
        IEnumerable<string> streams = plan.Layout.Streams.Select(stream => Literals.Of(BytesOf(stream, rows, inputs)));
        int rowBits = DeclaredSize.InputBits(format, format.Levels, inputs) + DeclaredSize.RowBits(format);
        writer.Line($"""
            // {rows} rows of {inputs} inputs: the bytes of all streams, and the bits that the declaration gives a row. Where they
            // disagree, -1 is no uint and the type does not compile.
            private const int BytesOfTile = {string.Join(" + ", streams)};
            private const uint SizesAgree = BytesOfTile * 8 == {rows} * {rowBits} ? 0 : -1;
            """);
    }

    private static int BytesOf(StreamPlan stream, int rows, int inputs) =>
        stream.Shape.Aggregate(DeclaredSize.BitsOf(stream.Type) / 8, (bytes, extent) => bytes * extent.Factor * extent.Source switch
        {
            ExtentSource.Rows => rows / extent.Unit,
            ExtentSource.Columns => inputs / extent.Unit,

            // Outliers are counted apart: a tile may have any number of them.
            ExtentSource.Outliers => 0,
            _ => 1,
        });
}
