using System;
using System.Linq;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Writes the kernels of wide codes for the scalar engine: a code at a time, the same arithmetic as the vector engines.</summary>
internal static class WideCodeScalarEmitter
{
    /// <summary>Writes the products.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="WideCodeProducts"/>.</param>
    public static void Products(SourceWriter writer, KernelDefinition kernel)
    {
        var semantics = new AdditiveSemantics(kernel.Semantics);
        using (KernelMethod.Open(writer, kernel, "Adds the products of a tile's rows with float32 activations: a codeword is gathered for each code."))
        {
            Rows(writer, semantics, () =>
            {
                writer.Line("float* x = (float*)tile->Activations;");
                writer.Line("float sum = 0;");
                Runs(writer, semantics, value => writer.Line($"for (int k = 0; k < {semantics.Dimension}; k++) sum += *x++ * ({value});"));
                writer.Line();
                writer.Line($"tile->Output[row] += {(semantics.RowScale is null ? "sum" : $"{CodewordEmitter.RowScale(semantics, "row")} * sum")};");
            });
        }
    }

    /// <summary>Writes the panel.</summary>
    /// <param name="writer">Receives the members.</param>
    /// <param name="kernel">A kernel with the schedule <see cref="WideCodePanel"/>.</param>
    public static void Panel(SourceWriter writer, KernelDefinition kernel)
    {
        var semantics = new AdditiveSemantics(kernel.Semantics);
        using (KernelMethod.Open(writer, kernel, "Values of 64 rows as a panel [inputs, 64] of float32: gathered codewords."))
        {
            Rows(writer, semantics, () =>
            {
                writer.Line("float* panel = tile->Output + row;");
                writer.Line($"float scale = {(semantics.RowScale is null ? "1" : CodewordEmitter.RowScale(semantics, "row"))};");
                Runs(writer, semantics, value => writer.Line($"for (int k = 0; k < {semantics.Dimension}; k++, panel += 64) *panel = scale * ({value});"));
            });
        }
    }

    private static void Rows(SourceWriter writer, AdditiveSemantics semantics, Action body)
    {
        WideCodeEmitter.Prologue(writer, semantics);
        using (writer.Block($"for (int row = 0; row < {WideCodePacking.TileRows}; row++)"))
        {
            for (int m = 0; m < semantics.Codebooks; m++) writer.Line($"ushort* codes{m} = (ushort*)tile->Codes[{m}] + (row * stride);");
            body();
        }
    }

    private static void Runs(SourceWriter writer, AdditiveSemantics semantics, Action<string> body)
    {
        using (writer.Block("for (int run = 0; run < runs; run++)"))
        {
            for (int m = 0; m < semantics.Codebooks; m++)
                writer.Line($"ushort* codeword{m} = codebook{m} + ({WideCodePacking.CodeOf(semantics.CodeBits, $"codes{m}[run]")} * {semantics.Dimension});");
            body(string.Join(" + ", Enumerable.Range(0, semantics.Codebooks).Select(static m => $"ScaleLanes.Half(codeword{m} + k)")));
        }
    }
}
