using System;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>
/// Writes what decodes codewords in float32 with vectors: products of a row at a time, and panels. A codeword is one register of up
/// to eight elements on every engine, because a codeword's length decides, not the register's.
/// </summary>
internal static class CodewordEmitter
{
    // Eight rows share the loads of the activations, and fill a register of the panel.
    private const int Rows = 8;

    /// <summary>Writes the products.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="CodewordDecode"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Products(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var geometry = new AdditiveGeometry(kernel);
        string vector = VectorOf(geometry);
        using (KernelMethod.Open(writer, kernel, "Adds the products of a tile's rows with float32 activations: a run is a sum of codewords.", scratch: true))
        {
            writer.Line($"int runs = tile->Inputs / {geometry.Dimension};");
            writer.Line($"long stride = {geometry.Stride};");
            AlignedScratch.Declare(writer, "float", "sums", AdditivePacking.BlockRows);
            Codebooks(writer, geometry);
            using (writer.Block("for (int row = 0; row < tile->Rows; row += 64)"))
            {
                Pass(writer, geometry, vector);
                writer.Line();
                AdditiveOutput.Add(writer, geometry, dialect, AdditivePacking.BlockRows);
            }
        }
    }

    /// <summary>Writes the panel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="CodewordPanel"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Panel(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var geometry = new AdditiveGeometry(kernel);

        // Two short codewords make one register, so that every step transposes eight inputs.
        int runsTogether = Math.Max(1, 8 / geometry.Dimension);
        using (KernelMethod.Open(writer, kernel, "Values of 64 rows as a panel [inputs, 64] of float32: sums of codewords, transposed eight rows at a time.", scratch: true))
        {
            writer.Line($"int runs = tile->Inputs / {geometry.Dimension};");
            writer.Line($"long stride = {geometry.Stride};");
            writer.Line($"float* panel = tile->Output;");
            Codebooks(writer, geometry);
            for (int m = 0; m < geometry.Codebooks; m++) writer.Line($"byte* codes{m} = tile->Codes[{m}];");
            if (geometry.RowScale is not null)
            {
                writer.Line("float* scales = stackalloc float[64];");
                writer.Line($"for (int row = 0; row < 64; row++) scales[row] = {RowScale(geometry, "row")};");
            }

            writer.Line("int run = 0;");
            using (writer.Block($"for (; run <= runs - {runsTogether}; run += {runsTogether}, panel += {runsTogether * geometry.Dimension * 64})"))
            {
                // Rows 16j + 8h to 16j + 8h + 7 are the positions 4i + j.
                using (writer.Block($"for (int row = 0; row < 64; row += {Rows})"))
                {
                    writer.Line("int position = (4 * (row % 16)) + (row / 16);");
                    for (int part = 0; part < Math.Max(1, geometry.Dimension / 8); part++)
                    {
                        string[] values = [.. Enumerable.Range(0, Rows).Select(i => PanelRow(geometry, runsTogether, i, part))];
                        writer.Line("PanelTranspose.Store8x8(");
                        foreach (string value in values) writer.Line($"    {value},");
                        writer.Line($"    panel + row{(part == 0 ? "" : $" + {part * 8 * 64}")});");
                    }
                }

                for (int m = 0; m < geometry.Codebooks; m++) writer.Line($"codes{m} += {(runsTogether == 1 ? "stride" : $"{runsTogether} * stride")};");
            }

            if (runsTogether > 1) LastRun(writer, geometry);
        }
    }

    /// <summary>Writes the pointer to each codebook's codewords.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="geometry">The kernel's geometry.</param>
    public static void Codebooks(SourceWriter writer, AdditiveGeometry geometry)
    {
        for (int m = 0; m < geometry.Codebooks; m++)
            writer.Line($"float* codebook{m} = (float*)tile->Codebooks{(m == 0 ? "" : $" + {m * geometry.Codewords * geometry.Dimension}")};");
    }

    /// <summary>A row's scale as float32.</summary>
    /// <param name="semantics">What the codes mean, with a row scale.</param>
    /// <param name="row">The row, as an expression.</param>
    public static string RowScale(AdditiveSemantics semantics, string row) =>
        StoredScalar.Load(semantics.RowScale!.Type, $"({StoredScalar.Element(semantics.RowScale.Type)}*)tile->RowScales + {row}");

    private static string VectorOf(AdditiveGeometry geometry) => geometry.Dimension == 4 ? "Vector128" : "Vector256";

    private static void Pass(SourceWriter writer, AdditiveGeometry geometry, string vector)
    {
        int lanes = Math.Min(geometry.Dimension, 8);
        int parts = geometry.Dimension / lanes;
        int bytes = Rows * geometry.CodeBits / 8;
        using (writer.Block($"for (int first = 0; first < {geometry.BlockBytes}; first += {bytes})"))
        {
            for (int m = 0; m < geometry.Codebooks; m++)
                writer.Line($"byte* codes{m} = tile->Codes[{m}] + (row / 64 * {geometry.BlockBytes}) + first;");
            for (int i = 0; i < Rows; i++) writer.Line($"{vector}<float> sum{i} = {vector}<float>.Zero;");
            writer.Line("float* x = (float*)tile->Activations;");
            using (writer.Block($"for (int run = 0; run < runs; run++, x += {geometry.Dimension})"))
            {
                for (int part = 0; part < parts; part++) writer.Line($"{vector}<float> x{part} = {vector}.Load(x{Plus(part * lanes)});");
                for (int i = 0; i < Rows; i++)
                {
                    for (int part = 0; part < parts; part++)
                        writer.Line($"sum{i} = {vector}.FusedMultiplyAdd(x{part}, {Sum(geometry, vector, m => Code(geometry, m, i), part * lanes)}, sum{i});");
                }

                for (int m = 0; m < geometry.Codebooks; m++) writer.Line($"codes{m} += stride;");
            }

            writer.Line();
            for (int i = 0; i < Rows; i++)
            {
                // A byte of two codes is positions p and p + 32, and position 4i + j is row 16j + i.
                string position = geometry.CodeBits == 8 ? $"first + {i}" : $"first + {(i % (Rows / 2)) + (i / (Rows / 2) * 32)}";
                writer.Line($"sums[(({position}) % 4 * 16) + (({position}) / 4)] = {vector}.Sum(sum{i});");
            }
        }
    }

    private static string Code(AdditiveGeometry geometry, int codebook, int row)
    {
        if (geometry.CodeBits == 8) return $"codes{codebook}[{row}]";
        const int half = Rows / 2;
        return row < half ? $"(codes{codebook}[{row}] & 15)" : $"(codes{codebook}[{row - half}] >> 4)";
    }

    private static string Sum(AdditiveGeometry geometry, string vector, Func<int, string> code, int element) => string.Join(" + ", Enumerable.Range(0, geometry.Codebooks)
        .Select(m => $"{vector}.Load(codebook{m} + ({code(m)} * {geometry.Dimension}){Plus(element)})"));

    private static string PanelRow(AdditiveGeometry geometry, int runsTogether, int row, int part)
    {
        string Code(int codebook, int run)
        {
            string at = $"codes{codebook}{(run == 0 ? "" : " + stride")}";
            return geometry.CodeBits == 8
                ? $"({at})[position + {4 * row}]"
                : $"((({at})[(position + {4 * row}) % 32] >> ((position + {4 * row}) / 32 * 4)) & 15)";
        }

        string vector = VectorOf(geometry);
        string value = runsTogether == 1
            ? $"({Sum(geometry, vector, m => Code(m, 0), part * 8)})"
            : $"Vector256.Create({Sum(geometry, vector, m => Code(m, 0), 0)}, {Sum(geometry, vector, m => Code(m, 1), 0)})";
        return geometry.RowScale is null ? value : $"{value} * scales[row + {row}]";
    }

    private static void LastRun(SourceWriter writer, AdditiveGeometry geometry)
    {
        writer.Line();
        using (writer.Block("for (int row = 0; run < runs && row < 64; row++)"))
        {
            writer.Line("int position = (4 * (row % 16)) + (row / 16);");
            for (int m = 0; m < geometry.Codebooks; m++)
                writer.Line($"float* codeword{m} = codebook{m} + ({CodewordScalarEmitter.CodeAt(geometry, $"codes{m}")} * {geometry.Dimension});");
            string sum = string.Join(" + ", Enumerable.Range(0, geometry.Codebooks).Select(static m => $"codeword{m}[k]"));
            string value = geometry.RowScale is null ? sum : $"({sum}) * scales[row]";
            writer.Line($"for (int k = 0; k < {geometry.Dimension}; k++) panel[(k * 64) + row] = {value};");
        }
    }

    private static string Plus(int offset) => offset == 0 ? "" : $" + {offset}";
}
