using System;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes <c>Pack</c> and <c>Unpack</c> of the additive layout, and the places of codes that scalar kernels share.</summary>
internal static class AdditivePackingEmitter
{
    private const string RowScaleStream = "row_scales";

    /// <summary>Writes the members.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="plan">A plan whose packing is additive.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan)
    {
        var packing = (AdditivePacking)plan.Layout.Packing;
        writer.Line($"""
            // A plane is u8, tiles of {AdditivePacking.TileRows} rows (the last one what is left, a multiple of {AdditivePacking.BlockRows}), in a tile [columns / {packing.Dimension}][rows / {AdditivePacking.BlockRows}][{packing.BlockBytes}].
            // Position 4i + j of a block is row 16j + i{(packing.CodeBits == 8 ? ", one byte each" : "; position p is the low half of byte p, p + 32 the high half")}. Rows of padding are zero.
            """);
        using (writer.Block("private static unsafe void Pack(CanonicalMatrix source, ReadOnlySpan<nint> streams)"))
        {
            Planes(writer, plan, packing, "source", at => packing.CodeBits == 8
                ? $"{at} = (byte)plane[index];"
                : $"{at} |= (byte)(plane[index] << PackedShift(row));");
            RowScales(writer, plan, type => $"rowScales[row] = {StoredScalar.Encode(type, "source.RowScales[row]")};", "source");
        }

        writer.Line();
        using (writer.Block("private static unsafe void Unpack(ReadOnlySpan<nint> streams, CanonicalMatrix destination)"))
        {
            Planes(writer, plan, packing, "destination", at => packing.CodeBits == 8
                ? $"plane[index] = {at};"
                : $"plane[index] = (ushort)(({at} >> PackedShift(row)) & 15);");
            RowScales(writer, plan, type => $"destination.RowScales[row] = {StoredScalar.Load(type, "rowScales + row")};", "destination");
        }

        writer.Line();
        Places(writer, packing);
    }

    private static void Planes(SourceWriter writer, KernelPlan plan, AdditivePacking packing, string matrix, Func<string, string> move)
    {
        writer.Line($"int rows = {matrix}.Rows;");
        writer.Line($"int runs = {matrix}.Columns / {packing.Dimension};");
        writer.Line($"ReadOnlySpan<int> streamOf = [{StreamsOfCodebooks(plan)}];");
        using (writer.Block($"for (int codebook = 0; codebook < {packing.Codebooks}; codebook++)"))
        {
            writer.Line("byte* codes = (byte*)streams[streamOf[codebook]];");
            writer.Line();
            writer.Line("// A level that is missing has no stream.");
            writer.Line("if (codes == null) continue;");
            writer.Line($"ushort[] plane = {matrix}.Codes[codebook];");
            using (writer.Block("for (int row = 0; row < rows; row++)"))
            {
                writer.Line("byte* at = codes + PackedOffset(row, rows, runs, out long stride);");
                writer.Line("long index = (long)row * runs;");
                writer.Line($"for (int run = 0; run < runs; run++, index++, at += stride) {move("*at")}");
            }
        }
    }

    /// <summary>The places of the codebooks' streams among all of a plan, as a list.</summary>
    /// <param name="plan">An additive plan, of codes of any width.</param>
    public static string StreamsOfCodebooks(KernelPlan plan) => string.Join(
        ", ", Enumerable.Range(0, plan.Layout.Streams.Count).Where(i => plan.Layout.Streams[i].Name != RowScaleStream));

    /// <summary>Writes the loop that moves the scales of rows, where there are any.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">An additive plan, of codes of any width.</param>
    /// <param name="move">Moves one scale of a type, as a statement.</param>
    /// <param name="matrix">The matrix, as an expression.</param>
    public static void RowScales(SourceWriter writer, KernelPlan plan, Func<ScalarType, string> move, string matrix)
    {
        for (int stream = 0; stream < plan.Layout.Streams.Count; stream++)
        {
            StreamPlan scales = plan.Layout.Streams[stream];
            if (scales.Name != RowScaleStream) continue;
            writer.Line();
            string element = StoredScalar.Element(scales.Type);
            writer.Line($"{element}* rowScales = ({element}*)streams[{stream}];");
            writer.Line($"for (int row = 0; row < {matrix}.Rows; row++) {move(scales.Type)}");
        }
    }

    private static void Places(SourceWriter writer, AdditivePacking packing)
    {
        const int rows = AdditivePacking.TileRows;
        writer.Line("// The byte of a row's first code, and the bytes from one run to the next, which the tile's rows decide.");
        using (writer.Block("private static long PackedOffset(int row, int rows, int runs, out long stride)"))
        {
            writer.Line($"int tile = row / {rows};");
            writer.Line($"int tileRows = Math.Min({rows}, ((rows + 63) / 64 * 64) - (tile * {rows}));");
            writer.Line($"int position = (4 * (row % 16)) + (row % 64 / 16);");
            if (packing.CodeBits == 8)
            {
                writer.Line("stride = tileRows;");
                writer.Line($"return ((long)tile * {rows} * runs) + (row % {rows} / 64 * 64) + position;");
            }
            else
            {
                writer.Line("stride = tileRows / 2;");
                writer.Line($"return ((long)tile * {rows / 2} * runs) + (row % {rows} / 64 * 32) + (position % 32);");
            }
        }

        if (packing.CodeBits == 8) return;
        writer.Line();
        writer.Line("private static int PackedShift(int row) => row % 16 < 8 ? 0 : 4;");
    }
}
