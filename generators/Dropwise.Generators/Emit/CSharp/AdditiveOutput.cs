using Dropwise.Generators.Emit.Text;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the end of an additive product: sums of rows, times the rows' scales, are added to the accumulators.</summary>
internal static class AdditiveOutput
{
    /// <summary>Writes the loop; <c>sums</c> is in scope.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="semantics">What the codes mean.</param>
    /// <param name="dialect">The instruction set.</param>
    /// <param name="rows">Rows to add.</param>
    /// <param name="at">The row in the tile that sum i belongs to, as an expression.</param>
    public static void Add(SourceWriter writer, AdditiveSemantics semantics, VectorDialect dialect, int rows, string at = "row + i")
    {
        using (writer.Block($"for (int i = 0; i < {rows}; i += {dialect.Lanes})"))
        {
            string sum = $"{dialect.Vector}.Load(sums + i)";
            string output = $"{dialect.Vector}.Load(tile->Output + {at})";
            if (semantics.RowScale is { } scale)
                writer.Line($"{dialect.Of("float")} scale = {StoredScalar.Load(scale.Type, $"({StoredScalar.Element(scale.Type)}*)tile->RowScales + {at}", dialect)};");
            writer.Line(semantics.RowScale is null
                ? $"({sum} + {output}).Store(tile->Output + {at});"
                : $"{dialect.Vector}.FusedMultiplyAdd({sum}, scale, {output}).Store(tile->Output + {at});");
        }
    }
}
