using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// Lowers additive codebooks with codes of more than 8 bits: a product table would have more entries than a matrix has rows, so that products
/// decode codewords, which are kept in float16 to stay in the second-level cache (65,536 codewords of 8 are 1 MiB).
/// </summary>
internal static class WideCodeLowering
{
    private static readonly KernelIsa[] Engines = [KernelIsa.Scalar, KernelIsa.Avx2, KernelIsa.Avx512];

    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">An additive format of wide codes.</param>
    public static KernelPlan Lower(FormatSpec format)
    {
        var layout = new LayoutPlan
        {
            TileRows = WideCodePacking.TileRows,
            Streams = new EquatableArray<StreamPlan>(Streams(format).OrderBy(static stream => stream.Level)),
            Packing = new WideCodePacking(format.CodebookCount, format.CodeBits, format.Dimension),
        };
        return new KernelPlan
        {
            Format = format,
            Layout = layout,
            Cuda = AdditiveCudaLowering.Lower(format, layout, level => AdditiveLowering.StepsAt(format, level)),
            Kernels = new EquatableArray<KernelDefinition>(
                from isa in Engines
                from level in Enumerable.Range(1, format.Levels)
                from kernel in Kernels(format, isa, level)
                select kernel),
        };
    }

    private static IEnumerable<StreamPlan> Streams(FormatSpec format)
    {
        var rows = Extent.Rows(WideCodePacking.TileRows, WideCodePacking.TileRows);
        for (int codebook = 0; codebook < format.CodebookCount; codebook++)
        {
            yield return new StreamPlan($"codes.{codebook + 1}", format.Nested ? codebook + 1 : 1, ScalarType.UInt8, new EquatableArray<Extent>(
                [rows, Extent.Columns(format.Dimension), Extent.Constant(WideCodePacking.CodeBytes)]));
        }

        if (format.OutputScale is { } type) yield return new StreamPlan("row_scales", 1, type, new EquatableArray<Extent>([rows]));
    }

    private static IEnumerable<KernelDefinition> Kernels(FormatSpec format, KernelIsa isa, int level) =>
    [
        Define(format, isa, level, KernelOp.Gemv, new WideCodeProducts()),
        Define(format, isa, level, KernelOp.Dequantize, new WideCodePanel()),
    ];

    private static KernelDefinition Define(FormatSpec format, KernelIsa isa, int level, KernelOp op, Schedule schedule) => new()
    {
        Format = format.Name,
        Op = op,
        Level = level,
        Isa = isa,
        Activation = ActivationKind.Float32,
        TileRows = WideCodePacking.TileRows,
        Prologue = new EquatableArray<PrologueStage>(
            op == KernelOp.Gemv && format.Rotation != Rotation.None ? [new RotateInputs(format.Rotation)] : []),
        Semantics = AdditiveLowering.StepsAt(format, level),
        Schedule = schedule,
    };
}
