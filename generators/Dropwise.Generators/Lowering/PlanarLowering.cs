using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers uniform and lookup codes to the planar layout and its kernels.</summary>
internal static class PlanarLowering
{
    // Activations of 8 bits are in ±127; 16-bit ones and tables stay within ±8191, because 32 products of 8191 · 8191 are the most
    // that 32 bits hold.
    private const int LargestByte = 127;
    private const int LargestWord = 8191;

    private static readonly KernelIsa[] Engines = [KernelIsa.Scalar, KernelIsa.Avx2, KernelIsa.Avx512];

    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">A uniform or lookup format.</param>
    public static KernelPlan Lower(FormatSpec format)
    {
        bool twosComplement = format.Signed && format.CodeBits == 8;
        EquatableArray<CodePlane> planes = CodePlane.Split(format.CodeBits);
        EquatableArray<CodePlane> zeroPlanes = format.Zero == ZeroPoint.Original ? CodePlane.Split(format.CodeBits) : default;
        var semantics = new EquatableArray<SemanticStep>(Steps(format, planes, zeroPlanes, twosComplement));
        var layout = new LayoutPlan
        {
            TileRows = PlanarPacking.TileRows,
            Streams = new EquatableArray<StreamPlan>(Streams(format)),
            Packing = new PlanarPacking(planes, twosComplement, zeroPlanes),
        };
        return new KernelPlan
        {
            Format = format,
            Layout = layout,
            Cuda = PlanarCudaLowering.Lower(format, layout, semantics),
            Kernels = new EquatableArray<KernelDefinition>(Engines.SelectMany(isa => Kernels(format, isa, semantics))),
        };
    }

    private static IEnumerable<StreamPlan> Streams(FormatSpec format)
    {
        const int rows = PlanarPacking.TileRows;
        yield return new StreamPlan("codes.1", 1, ScalarType.UInt8, new EquatableArray<Extent>(
        [
            Extent.Rows(rows), Extent.Columns(PlanarPacking.BlockInputs), Extent.Constant(PlanarPacking.Quarters),
            Extent.Constant(format.CodeBits * PlanarPacking.VectorBytes),
        ]));
        if (format.GroupSize != 0)
        {
            yield return new StreamPlan("scales", 1, format.GroupScale, new EquatableArray<Extent>(
                [Extent.Rows(rows), Extent.Columns(format.GroupSize), Extent.Constant(rows)]));
        }

        if (format.Zero == ZeroPoint.Original)
        {
            yield return new StreamPlan("zeros", 1, ScalarType.UInt8, new EquatableArray<Extent>(
                [Extent.Rows(rows), Extent.Columns(format.GroupSize), Extent.Constant(rows * format.CodeBits / 8)]));
        }
        else if (format.Zero == ZeroPoint.Rescale)
        {
            yield return new StreamPlan("zeros", 1, format.GroupScale, new EquatableArray<Extent>(
                [Extent.Rows(rows), Extent.Columns(format.GroupSize), Extent.Constant(rows)]));
        }

        if (format.OutputScale is { } type)
            yield return new StreamPlan("row_scales", 1, type, new EquatableArray<Extent>([Extent.Rows(rows, rows)]));
    }

    private static IEnumerable<SemanticStep> Steps(
        FormatSpec format, EquatableArray<CodePlane> planes, EquatableArray<CodePlane> zeroPlanes, bool twosComplement)
    {
        yield return new LoadCodes("codes.1", format.CodeBits, twosComplement);
        yield return new Unpack(planes);
        if (format.Kind == CodeKind.Lookup) yield return new Lookup(format.LookupValues);
        if (format.Signed && !twosComplement) yield return new SubtractConstant(1 << (format.CodeBits - 1));
        if (format.Zero == ZeroPoint.Original) yield return new SubtractGroupZero("zeros", zeroPlanes);
        if (format.GroupSize != 0) yield return new ApplyScale("scales", format.GroupScale, format.GroupSize);
        if (format.Zero == ZeroPoint.Rescale) yield return new AddGroupOffset("zeros", format.GroupScale);
        if (format.OutputScale is { } type) yield return new ApplyScale("row_scales", type, 0);
    }

    private static IEnumerable<KernelDefinition> Kernels(FormatSpec format, KernelIsa isa, EquatableArray<SemanticStep> semantics)
    {
        KernelDefinition Define(KernelOp op, ActivationKind activation, Schedule schedule, params PrologueStage[] stages) => new()
        {
            Format = format.Name,
            Op = op,
            Level = 1,
            Isa = isa,
            Activation = activation,
            TileRows = PlanarPacking.TileRows,
            Prologue = new EquatableArray<PrologueStage>(
                format.Rotation == Rotation.None || stages.Length == 0 ? stages : [new RotateInputs(format.Rotation), .. stages]),
            Semantics = semantics,
            Schedule = schedule,
        };

        yield return Define(KernelOp.Dequantize, ActivationKind.Float32, new PlanarDequantize());
        if (format.Kind == CodeKind.Uniform && format.CodeBits <= 7)
        {
            int products = ProductsBeforeWidening(format.CodeBits);
            var quantize = new QuantizeInputs(8, PlanarPacking.BlockInputs, LargestByte);
            yield return Define(KernelOp.Gemv, ActivationKind.Int8, new PlanarByteGemv(products), quantize);
            yield return Define(KernelOp.Gemm, ActivationKind.Int8, new PlanarByteGemm(products), quantize);
        }
        else
        {
            var quantize = new QuantizeInputs(16, PlanarPacking.BlockInputs, LargestWord);
            yield return Define(KernelOp.Gemv, ActivationKind.Int16, WordGemv(format), quantize);
        }
    }

    /// <summary>Sub-vectors whose pairs of products fit 16 bits: 15 · 127 · 2 · 8 = 30480 does for 4 bits.</summary>
    private static int ProductsBeforeWidening(int bits)
    {
        int largestPair = ((1 << bits) - 1) * LargestByte * 2;
        int products = PlanarPacking.SubVectors;
        while (products * largestPair > short.MaxValue) products /= 2;
        return products;
    }

    private static PlanarWordGemv WordGemv(FormatSpec format)
    {
        if (format.Kind != CodeKind.Lookup) return new PlanarWordGemv(default, 1);
        float scale = format.LookupValues.Max(Math.Abs) / LargestWord;
        return new PlanarWordGemv(new EquatableArray<short>(format.LookupValues.Select(v => (short)Math.Round(v / scale))), scale);
    }
}
