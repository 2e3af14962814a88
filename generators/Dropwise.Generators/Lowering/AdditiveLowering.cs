using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers additive codebooks with codes of up to 8 bits: a plane a codebook, and for each level two strategies of product and a panel.</summary>
internal static class AdditiveLowering
{
    private static readonly KernelIsa[] Engines = [KernelIsa.Scalar, KernelIsa.Avx2, KernelIsa.Avx512, KernelIsa.Avx512Vbmi];
    private static readonly EquatableArray<int> Segments = new([2, 14, 48]);

    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">An additive format of such codes.</param>
    public static KernelPlan Lower(FormatSpec format)
    {
        var packing = new AdditivePacking(format.CodebookCount, format.CodeBits, format.Dimension);
        var layout = new LayoutPlan
        {
            TileRows = AdditivePacking.TileRows,
            Streams = new EquatableArray<StreamPlan>(Streams(format, packing).OrderBy(static stream => stream.Level)),
            Packing = packing,
        };
        return new KernelPlan
        {
            Format = format,
            Layout = layout,
            Cuda = AdditiveCudaLowering.Lower(format, layout, level => StepsAt(format, level)),
            Kernels = new EquatableArray<KernelDefinition>(Engines.SelectMany(isa => Kernels(format, packing, isa))),
        };
    }

    private static IEnumerable<StreamPlan> Streams(FormatSpec format, AdditivePacking packing)
    {
        for (int codebook = 0; codebook < format.CodebookCount; codebook++)
        {
            yield return new StreamPlan($"codes.{codebook + 1}", format.Nested ? codebook + 1 : 1, ScalarType.UInt8, new EquatableArray<Extent>(
                [Extent.Rows(AdditivePacking.BlockRows), Extent.Columns(format.Dimension), Extent.Constant(packing.BlockBytes)]));
        }

        if (format.OutputScale is { } type)
        {
            yield return new StreamPlan("row_scales", 1, type, new EquatableArray<Extent>(
                [Extent.Rows(AdditivePacking.BlockRows, AdditivePacking.BlockRows)]));
        }
    }

    /// <summary>From stored bytes to the weight, at a level.</summary>
    /// <param name="format">An additive format, of codes of any width.</param>
    /// <param name="level">From 1.</param>
    public static EquatableArray<SemanticStep> StepsAt(FormatSpec format, int level) => new(Steps(format, format.Nested ? level : format.CodebookCount));

    private static IEnumerable<SemanticStep> Steps(FormatSpec format, int codebooks)
    {
        for (int codebook = 0; codebook < codebooks; codebook++)
        {
            yield return new LoadCodes($"codes.{codebook + 1}", format.CodeBits, false);
            yield return new AddCodebook(codebook, format.Dimension, format.Codeword);
        }

        if (format.OutputScale is { } type) yield return new ApplyScale("row_scales", type, 0);
    }

    private static IEnumerable<KernelDefinition> Kernels(FormatSpec format, AdditivePacking packing, KernelIsa isa)
    {
        var chunk = new TableChunk(Segments, packing.Codewords);

        // Permutes of 128 bytes are what VBMI adds; 16 entries are one shuffle on every engine.
        if (isa == KernelIsa.Avx512Vbmi && packing.Codewords == 16) yield break;
        if (isa != KernelIsa.Avx512Vbmi)
            yield return Define(format, isa, 1, KernelOp.Tables, ActivationKind.ProductTable, new TableBuild(chunk));
        for (int level = 1; level <= format.Levels; level++)
        {
            yield return Define(format, isa, level, KernelOp.Gemv, ActivationKind.ProductTable, Lookup(isa, chunk));
            if (isa == KernelIsa.Avx512Vbmi) continue;
            yield return Define(format, isa, level, KernelOp.Gemv, ActivationKind.Float32, new CodewordDecode());
            yield return Define(format, isa, level, KernelOp.Dequantize, ActivationKind.Float32, new CodewordPanel());
        }
    }

    private static TableLookup Lookup(KernelIsa isa, TableChunk chunk)
    {
        TableSearch search = isa switch
        {
            KernelIsa.Scalar => TableSearch.Loads,
            KernelIsa.Avx512Vbmi => TableSearch.Permutes,
            _ => TableSearch.Shuffles,
        };

        // Sixteen shuffles of 256 entries leave no registers for the sums of a second block, nor do AVX2's sixteen registers.
        bool wide = search == TableSearch.Permutes || (isa == KernelIsa.Avx512 && chunk.Codewords == 16);
        return new TableLookup(search, wide ? AdditivePacking.TileRows / AdditivePacking.BlockRows : 1, chunk);
    }

    private static KernelDefinition Define(FormatSpec format, KernelIsa isa, int level, KernelOp op, ActivationKind activation, Schedule schedule)
    {
        int codebooks = format.Nested ? level : format.CodebookCount;
        var prologue = new List<PrologueStage>();
        if (op != KernelOp.Dequantize && format.Rotation != Rotation.None) prologue.Add(new RotateInputs(format.Rotation));
        if (op == KernelOp.Gemv && activation == ActivationKind.ProductTable) prologue.Add(new BuildProductTables(codebooks));
        return new KernelDefinition
        {
            Format = format.Name,
            Op = op,
            Level = level,
            Isa = isa,
            Activation = activation,
            TileRows = op == KernelOp.Dequantize ? AdditivePacking.BlockRows : AdditivePacking.TileRows,
            Prologue = new EquatableArray<PrologueStage>(prologue),
            Semantics = StepsAt(format, level),
            Schedule = schedule,
        };
    }
}
