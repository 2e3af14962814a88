using System;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the additive kernels of the scalar engine: a code at a time, the same arithmetic as the vector engines.</summary>
internal static class CodewordScalarEmitter
{
    /// <summary>Products with float32 activations.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="CodewordDecode"/>.</param>
    public static void Products(SourceWriter writer, KernelDefinition kernel)
    {
        var geometry = new AdditiveGeometry(kernel);
        using (KernelMethod.Open(writer, kernel, "Adds the products of a tile's rows with float32 activations: a run is a sum of codewords."))
        {
            writer.Line("float* x = (float*)tile->Activations;");
            Rows(writer, geometry, "tile->Rows", () =>
            {
                writer.Line("float sum = 0;");
                Runs(writer, geometry, value => writer.Line($"for (int k = 0; k < {geometry.Dimension}; k++) sum += x[(run * {geometry.Dimension}) + k] * ({value});"));
                writer.Line();
                writer.Line($"tile->Output[row] += {(geometry.RowScale is null ? "sum" : $"{CodewordEmitter.RowScale(geometry, "row")} * sum")};");
            });
        }
    }

    /// <summary>Codes to a panel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="CodewordPanel"/>.</param>
    public static void Panel(SourceWriter writer, KernelDefinition kernel)
    {
        var geometry = new AdditiveGeometry(kernel);
        using (KernelMethod.Open(writer, kernel, "Values of 64 rows as a panel [inputs, 64] of float32: sums of codewords."))
        {
            Rows(writer, geometry, "64", () =>
            {
                writer.Line($"float scale = {(geometry.RowScale is null ? "1" : CodewordEmitter.RowScale(geometry, "row"))};");
                Runs(writer, geometry, value => writer.Line(
                    $"for (int k = 0; k < {geometry.Dimension}; k++) tile->Output[(((run * {geometry.Dimension}) + k) * 64) + row] = scale * ({value});"));
            });
        }
    }

    /// <summary>Products by tables.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="TableLookup"/>.</param>
    public static void Lookup(SourceWriter writer, KernelDefinition kernel)
    {
        var geometry = new AdditiveGeometry(kernel);
        TableChunk chunk = ((TableLookup)kernel.Schedule).Chunk;
        using (KernelMethod.Open(writer, kernel, "Adds the products of a tile's rows, looked up in product tables."))
        {
            int end = 0;
            writer.Line($"ReadOnlySpan<byte> ends = [{string.Join(", ", chunk.Segments.Select(length => end += length))}];");
            writer.Line($"long stride = {geometry.Stride};");
            using (writer.Block("for (int row = 0; row < tile->Rows; row++)"))
            {
                Position(writer);
                writer.Line("float sum = 0;");
                using (writer.Block($"for (int codebook = 0; codebook < {geometry.Codebooks}; codebook++)"))
                {
                    writer.Line($"byte* codes = tile->Codes[codebook] + (row / 64 * {geometry.BlockBytes});");
                    writer.Line("byte* chunk = (byte*)tile->Activations + (codebook * tile->CodebookStride);");
                    using (writer.Block($"for (int left = tile->Inputs / {geometry.Dimension}; left > 0; left -= {TableChunk.Runs}, codes += {TableChunk.Runs} * stride, chunk += {chunk.Bytes})"))
                    {
                        writer.Line($"int last = Math.Min(left, {TableChunk.Runs});");
                        writer.Line("int first = 0;");
                        using (writer.Block("for (int segment = 0; first < last; segment++)"))
                        {
                            writer.Line("int entries = 0;");
                            using (writer.Block("for (int until = Math.Min(last, ends[segment]); first < until; first++)"))
                            {
                                writer.Line($"int run = chunk[{TableChunk.OrderOffset} + first];");
                                writer.Line("byte* at = codes + (run * stride);");
                                writer.Line($"entries += chunk[{TableChunk.HeaderBytes} + (run * {geometry.Codewords}) + {CodeAt(geometry, "at")}] - 128;");
                            }

                            writer.Line();
                            writer.Line("sum += entries * ((float*)chunk)[segment];");
                        }
                    }
                }

                writer.Line();
                writer.Line($"tile->Output[row] += {(geometry.RowScale is null ? "sum" : $"{CodewordEmitter.RowScale(geometry, "row")} * sum")};");
            }
        }
    }

    /// <summary>The builder of product tables.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="TableBuild"/>.</param>
    public static void Build(SourceWriter writer, KernelDefinition kernel)
    {
        TableChunk chunk = ((TableBuild)kernel.Schedule).Chunk;
        var geometry = new AdditiveGeometry(kernel);
        using (KernelMethod.Open(writer, kernel, $"Builds the tables of up to {TableChunk.Runs} runs with one codebook: 8-bit entries, scales, and the order of the runs.", scratch: true))
        {
            TableBuildEmitter.Prelude(writer, geometry, chunk);
            using (writer.Block("for (int run = 0; run < runs; run++)"))
            {
                writer.Line("int peak = 0;");
                using (writer.Block($"for (int code = 0; code < {geometry.Codewords}; code++)"))
                {
                    writer.Line("int dot = 0x8000;");
                    writer.Line($"for (int k = 0; k < {geometry.Dimension}; k++) dot += x[(run * {geometry.Dimension}) + k] * words[(code * {geometry.Dimension}) + k];");
                    writer.Line($"dots[(run * {geometry.Codewords}) + code] = (short)(dot >> 16);");
                    writer.Line("peak = Math.Max(peak, Math.Abs(dot >> 16));");
                }

                writer.Line();
                writer.Line("largest[run] = (ushort)peak;");
            }

            writer.Line();
            TableBuildEmitter.Assign(writer, chunk);
            writer.Line($"for (int i = 0; i < runs * {geometry.Codewords}; i++) table[i] = (byte)(128 + (((dots[i] * multipliers[i / {geometry.Codewords}]) + 16384) >> 15));");
        }
    }

    /// <summary>The code at <c>position</c>, as an expression.</summary>
    /// <param name="geometry">The kernel's geometry.</param>
    /// <param name="codes">The first byte of the block's codes for one run.</param>
    public static string CodeAt(AdditiveGeometry geometry, string codes) =>
        geometry.CodeBits == 8 ? $"{codes}[position]" : $"(({codes}[position % 32] >> (position / 32 * 4)) & 15)";

    private static void Position(SourceWriter writer) => writer.Line("int position = (4 * (row % 16)) + (row % 64 / 16);");

    private static void Rows(SourceWriter writer, AdditiveGeometry geometry, string rows, Action body)
    {
        writer.Line($"int runs = tile->Inputs / {geometry.Dimension};");
        writer.Line($"long stride = {geometry.Stride};");
        CodewordEmitter.Codebooks(writer, geometry);
        using (writer.Block($"for (int row = 0; row < {rows}; row++)"))
        {
            Position(writer);
            for (int m = 0; m < geometry.Codebooks; m++)
                writer.Line($"byte* codes{m} = tile->Codes[{m}] + (row / 64 * {geometry.BlockBytes});");
            body();
        }
    }

    private static void Runs(SourceWriter writer, AdditiveGeometry geometry, Action<string> body)
    {
        using (writer.Block("for (int run = 0; run < runs; run++)"))
        {
            for (int m = 0; m < geometry.Codebooks; m++)
            {
                writer.Line($"float* codeword{m} = codebook{m} + ({CodeAt(geometry, $"codes{m}")} * {geometry.Dimension});");
                writer.Line($"codes{m} += stride;");
            }

            body(string.Join(" + ", Enumerable.Range(0, geometry.Codebooks).Select(static m => $"codeword{m}[k]")));
        }
    }
}
