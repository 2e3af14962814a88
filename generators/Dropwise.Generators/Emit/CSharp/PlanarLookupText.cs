using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// How a table of at most 16 values is looked up: in one permute with AVX-512; with AVX2 in two permutes of eight floats, or two byte
/// shuffles of the low and high bytes of 16-bit entries.
/// </summary>
internal static class PlanarLookupText
{
    /// <summary>Declares the registers of a float table; nothing for uniform codes.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The kernel's geometry.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void DequantizeTable(SourceWriter writer, PlanarGeometry geometry, VectorDialect dialect)
    {
        if (geometry.Table is not { } table) return;
        float[] entries = Repeat(table.Values, 16);
        if (dialect.Bits == 512)
        {
            writer.Line($"Vector512<float> values = Vector512.Create({Join(entries)});");
            return;
        }

        writer.Line($"Vector256<float> lowValues = Vector256.Create({Join(entries.Take(8))});");
        writer.Line($"Vector256<float> highValues = Vector256.Create({Join(entries.Skip(8))});");
    }

    /// <summary>The parameters that carry the registers of <see cref="DequantizeTable"/>, each after a comma.</summary>
    /// <param name="geometry">The kernel's geometry.</param>
    /// <param name="dialect">The instruction set.</param>
    public static string DequantizeParameters(PlanarGeometry geometry, VectorDialect dialect) => geometry.Table is null ? ""
        : dialect.Bits == 512 ? ", Vector512<float> values" : ", Vector256<float> lowValues, Vector256<float> highValues";

    /// <summary>The arguments for <see cref="DequantizeParameters"/>.</summary>
    /// <param name="geometry">The kernel's geometry.</param>
    /// <param name="dialect">The instruction set.</param>
    public static string DequantizeArguments(PlanarGeometry geometry, VectorDialect dialect) => geometry.Table is null ? ""
        : dialect.Bits == 512 ? ", values" : ", lowValues, highValues";

    /// <summary>The values of 32-bit codes.</summary>
    /// <param name="geometry">The kernel's geometry.</param>
    /// <param name="dialect">The instruction set.</param>
    /// <param name="codes">An expression of a vector of int.</param>
    public static string Dequantize(PlanarGeometry geometry, VectorDialect dialect, string codes)
    {
        if (dialect.Bits == 512) return $"Avx512F.PermuteVar16x32(values, {codes})";

        // The permute reads the low three bits; the fourth, moved to the sign, selects between the two halves.
        return geometry.Table!.Values.Count <= 8
            ? $"Avx2.PermuteVar8x32(lowValues, {codes})"
            : $"Look16({codes}, lowValues, highValues)";
    }

    /// <summary>Writes the helper that <see cref="Dequantize"/> calls for 16 values with AVX2.</summary>
    /// <param name="writer">Receives the method.</param>
    /// <param name="geometry">The kernel's geometry.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Helper(SourceWriter writer, PlanarGeometry geometry, VectorDialect dialect)
    {
        if (dialect.Bits == 512 || geometry.Table is not { Values.Count: > 8 }) return;
        writer.Line();
        writer.Line("""
            // A permute reads the low three bits of a code; the fourth, moved to the sign, selects between the halves.
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            private static Vector256<float> Look16(Vector256<int> codes, Vector256<float> low, Vector256<float> high) =>
                Avx.BlendVariable(Avx2.PermuteVar8x32(low, codes), Avx2.PermuteVar8x32(high, codes), (codes << 28).AsSingle());
            """);
    }

    /// <summary>A table repeated to a number of entries, so that bits above a code's own select a copy.</summary>
    /// <param name="values">The table.</param>
    /// <param name="count">Entries.</param>
    public static T[] Repeat<T>(EquatableArray<T> values, int count)
        where T : System.IEquatable<T> => [.. Enumerable.Range(0, count).Select(i => values[i % values.Count])];

    private static string Join(IEnumerable<float> values) => string.Join(", ", values.Select(Literals.Of));
}
