using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the kernels of wide codes with vectors: eight rows at a time, whose gathers wait for the cache together.</summary>
internal static class WideCodeEmitter
{
    // A pointer to each row's codes and codebooks stay in the general registers; a panel's registers are eight rows.
    private const int Rows = 8;

    /// <summary>Writes the products.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="WideCodeProducts"/>.</param>
    /// <param name="dialect">The instruction set.</param>
    public static void Products(SourceWriter writer, KernelDefinition kernel, VectorDialect dialect)
    {
        var semantics = new AdditiveSemantics(kernel.Semantics);
        using (KernelMethod.Open(writer, kernel, "Adds the products of a tile's rows with float32 activations: a codeword is gathered for each code.", scratch: true))
        {
            Prologue(writer, semantics);
            AlignedScratch.Declare(writer, "float", "sums", WideCodePacking.TileRows);
            using (writer.Block($"for (int first = 0; first < {WideCodePacking.TileRows}; first += {Rows})"))
            {
                RowPointers(writer, semantics);
                Sums(writer, semantics, dialect);
            }

            writer.Line();
            AdditiveOutput.Add(writer, semantics, dialect, WideCodePacking.TileRows, "i");
        }
    }

    /// <summary>Writes the panel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="WideCodePanel"/>.</param>
    /// <remarks>Registers have 256 bits on every engine: what is transposed is eight rows of eight.</remarks>
    public static void Panel(SourceWriter writer, KernelDefinition kernel)
    {
        var semantics = new AdditiveSemantics(kernel.Semantics);
        using (KernelMethod.Open(writer, kernel, "Values of 64 rows as a panel [inputs, 64] of float32: gathered codewords, transposed eight rows at a time."))
        {
            Prologue(writer, semantics);
            using (writer.Block($"for (int first = 0; first < {WideCodePacking.TileRows}; first += {Rows})"))
            {
                RowPointers(writer, semantics);
                writer.Line("float* panel = tile->Output + first;");
                if (semantics.RowScale is not null)
                {
                    for (int i = 0; i < Rows; i++) writer.Line($"float scale{i} = {CodewordEmitter.RowScale(semantics, $"first + {i}")};");
                }

                using (writer.Block($"for (int run = 0; run < runs; run++, panel += {semantics.Dimension * 64})"))
                {
                    for (int part = 0; part < semantics.Dimension; part += 8)
                    {
                        writer.Line("PanelTranspose.Store8x8(");
                        for (int i = 0; i < Rows; i++) writer.Line($"    {Scaled(semantics, i, Codeword(semantics, "ScaleLanes.Half256", i, part))},");
                        writer.Line($"    panel{(part == 0 ? "" : $" + {part * 64}")});");
                    }
                }
            }
        }
    }

    /// <summary>Writes what both kinds of kernels begin with.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="semantics">What the codes mean.</param>
    public static void Prologue(SourceWriter writer, AdditiveSemantics semantics)
    {
        writer.Line($"int runs = tile->Inputs / {semantics.Dimension};");
        writer.Line($"long stride = tile->RowBytes / {WideCodePacking.CodeBytes};");
        for (int m = 0; m < semantics.Codebooks; m++)
            writer.Line($"ushort* codebook{m} = (ushort*)tile->Codebooks{(m == 0 ? "" : $" + {(long)m * semantics.Codewords * semantics.Dimension}")};");
    }

    private static void RowPointers(SourceWriter writer, AdditiveSemantics semantics)
    {
        for (int m = 0; m < semantics.Codebooks; m++)
        {
            writer.Line($"ushort* codes{m}_0 = (ushort*)tile->Codes[{m}] + (first * stride);");
            for (int i = 1; i < Rows; i++) writer.Line($"ushort* codes{m}_{i} = codes{m}_{i - 1} + stride;");
        }
    }

    // A register holds a codeword of one row, a part of one, or those of two rows.
    private static void Sums(SourceWriter writer, AdditiveSemantics semantics, VectorDialect dialect)
    {
        int rowsTogether = Math.Max(1, dialect.Lanes / semantics.Dimension);
        for (int i = 0; i < Rows; i += rowsTogether) writer.Line($"{dialect.Of("float")} sum{i} = {dialect.Of("float")}.Zero;");
        writer.Line("float* x = (float*)tile->Activations;");
        using (writer.Block($"for (int run = 0; run < runs; run++, x += {semantics.Dimension})"))
        {
            for (int part = 0; part < semantics.Dimension; part += dialect.Lanes)
            {
                string inputs = rowsTogether == 2 ? "Vector512.Create(Vector256.Load(x), Vector256.Load(x))" : $"{dialect.Vector}.Load(x{(part == 0 ? "" : $" + {part}")})";
                writer.Line($"{dialect.Of("float")} x{part} = {inputs};");
                for (int i = 0; i < Rows; i += rowsTogether)
                {
                    string codeword = rowsTogether == 2 ? Pair(semantics, i) : Codeword(semantics, $"ScaleLanes.Half{dialect.Bits}", i, part);
                    writer.Line($"sum{i} = {dialect.Vector}.FusedMultiplyAdd(x{part}, {codeword}, sum{i});");
                }
            }
        }

        writer.Line();
        for (int i = 0; i < Rows; i++)
        {
            string half = rowsTogether == 1 ? $"{dialect.Vector}.Sum(sum{i})" : $"Vector256.Sum(sum{i / 2 * 2}.{(i % 2 == 0 ? "GetLower" : "GetUpper")}())";
            writer.Line($"sums[first + {i}] = {half};");
        }
    }

    private static string Codeword(AdditiveSemantics semantics, string load, int row, int part) =>
        Sum(semantics, m => $"{load}({Address(semantics, m, row)}{(part == 0 ? "" : $" + {part}")})");

    private static string Pair(AdditiveSemantics semantics, int row) =>
        Sum(semantics, m => $"ScaleLanes.HalfPair512({Address(semantics, m, row)}, {Address(semantics, m, row + 1)})");

    private static string Sum(AdditiveSemantics semantics, Func<int, string> term)
    {
        IEnumerable<string> terms = Enumerable.Range(0, semantics.Codebooks).Select(term);
        return semantics.Codebooks == 1 ? terms.Single() : $"({string.Join(" + ", terms)})";
    }

    private static string Address(AdditiveSemantics semantics, int codebook, int row) =>
        $"codebook{codebook} + ({WideCodePacking.CodeOf(semantics.CodeBits, $"codes{codebook}_{row}[run]")} * {semantics.Dimension})";

    private static string Scaled(AdditiveSemantics semantics, int row, string value) => semantics.RowScale is null ? value : $"{value} * scale{row}";
}
