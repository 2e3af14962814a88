using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the end of an additive product: sums of rows, times the rows' scales, are added to the accumulators.</summary>
internal static class AdditiveOutput
{
    /// <summary>Writes the loop; <c>sums</c> and <c>row</c>, the first row, are in scope.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The kernel's geometry.</param>
    /// <param name="dialect">The instruction set.</param>
    /// <param name="rows">Rows to add.</param>
    public static void Add(SourceWriter writer, AdditiveGeometry geometry, VectorDialect dialect, int rows)
    {
        using (writer.Block($"for (int i = 0; i < {rows}; i += {dialect.Lanes})"))
        {
            string sum = $"{dialect.Vector}.Load(sums + i)";
            string output = $"{dialect.Vector}.Load(tile->Output + row + i)";
            if (geometry.RowScale is { } scale)
                writer.Line($"{dialect.Of("float")} scale = {StoredScalar.Load(scale.Type, $"({StoredScalar.Element(scale.Type)}*)tile->RowScales + row + i", dialect)};");
            writer.Line(geometry.RowScale is null
                ? $"({sum} + {output}).Store(tile->Output + row + i);"
                : $"{dialect.Vector}.FusedMultiplyAdd({sum}, scale, {output}).Store(tile->Output + row + i);");
        }
    }
}
