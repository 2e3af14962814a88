using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers formats whose blocks are somebody else's to kernels that read them where they lie.</summary>
internal static class BlockLowering
{
    /// <summary>The stream that holds the blocks.</summary>
    public const string Stream = "blocks";

    // As for planar codes: 32 products with a weight of at most 8 bits are far from 32 bits then.
    private const int LargestWord = 8191;

    private static readonly KernelIsa[] Engines = [KernelIsa.Scalar, KernelIsa.Avx2, KernelIsa.Avx512];

    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">A format with a block.</param>
    public static KernelPlan Lower(FormatSpec format)
    {
        var packing = new BlockPacking(format);
        var semantics = new EquatableArray<SemanticStep>(Steps(packing));
        BlockPlan plan = Plan(packing);
        return new KernelPlan
        {
            Format = format,
            Layout = new LayoutPlan
            {
                TileRows = BlockPacking.TileRows,
                Streams = new EquatableArray<StreamPlan>(
                [
                    new StreamPlan(Stream, 1, ScalarType.UInt8, new EquatableArray<Extent>(
                        [Extent.Rows(1), Extent.Columns(packing.Block.Inputs), Extent.Constant(packing.Block.Bytes)])),
                ]),
                Packing = packing,
            },
            Cuda = BlockCudaLowering.Lower(plan),
            Kernels = new EquatableArray<KernelDefinition>(Engines.SelectMany(isa => Kernels(format, isa, semantics, plan))),
        };
    }

    /// <summary>What the values of a table are multiplied by to give small integers, as the power of two: 1 is ×2.</summary>
    /// <param name="values">The table.</param>
    /// <returns>Null where no power of two makes all of them integers that fit a signed byte.</returns>
    public static int? IntegerShift(IEnumerable<float> values)
    {
        for (int shift = 0; shift <= 7; shift++)
        {
            if (values.All(value => value * (1 << shift) is >= -127 and <= 127 and var scaled && scaled == Math.Floor(scaled))) return shift;
        }

        return null;
    }

    private static BlockPlan Plan(BlockPacking packing)
    {
        FormatSpec format = packing.Format;
        int shift = IntegerShift(format.LookupValues) ?? 0;
        int[] groups = [.. Enumerable.Range(0, packing.Halves).Select(half => half * BlockPacking.HalfInputs / format.GroupSize)];
        return new BlockPlan
        {
            Packing = packing,
            Runs = new EquatableArray<RunPlan>(Enumerable.Range(0, packing.Runs).Select(run => new RunPlan(
                BlockLayers.Of(packing, BlockPart.Codes, [.. Enumerable.Range(run * BlockPacking.RunInputs, BlockPacking.RunInputs)])))),
            Scales = packing.IsOneLevel ? default : BlockLayers.Of(packing, BlockPart.Scales, groups),
            Zeros = packing.IsOneLevel ? default : BlockLayers.Of(packing, BlockPart.Zeros, groups),
            Table = new EquatableArray<int>(format.LookupValues.Select(value => (int)(value * (1 << shift)))),
            TableScale = 1f / (1 << shift),
            CodeZero = format.Signed && format.CodeBits < 8 ? 1 << (format.CodeBits - 1) : 0,
            ScaleZero = packing.Block.SignedScales ? 1 << (format.SecondLevel!.ScaleBits - 1) : 0,
        };
    }

    private static IEnumerable<SemanticStep> Steps(BlockPacking packing)
    {
        FormatSpec format = packing.Format;
        yield return new LoadCodes(Stream, format.CodeBits, format.Signed && format.CodeBits == 8);
        yield return new UnpackBlock(packing.Block);
        if (format.Kind == CodeKind.Lookup) yield return new Lookup(format.LookupValues);
        if (format.Signed && format.CodeBits < 8) yield return new SubtractConstant(1 << (format.CodeBits - 1));
        if (format.SecondLevel is { } level) yield return new ApplyBlockSteps(level.ScaleBits, level.ZeroBits, format.GroupSize);
        else yield return new ApplyScale(Stream, format.GroupScale, format.GroupSize);
        if (format.Zero == ZeroPoint.Rescale) yield return new AddGroupOffset(Stream, packing.NumberType);
    }

    private static IEnumerable<KernelDefinition> Kernels(FormatSpec format, KernelIsa isa, EquatableArray<SemanticStep> semantics, BlockPlan plan)
    {
        KernelDefinition Define(KernelOp op, ActivationKind activation, Schedule schedule, params PrologueStage[] stages) => new()
        {
            Format = format.Name,
            Op = op,
            Level = 1,
            Isa = isa,
            Activation = activation,
            TileRows = BlockPacking.TileRows,
            Prologue = new EquatableArray<PrologueStage>(stages),
            Semantics = semantics,
            Schedule = schedule,
        };

        yield return Define(KernelOp.Dequantize, ActivationKind.Float32, new BlockDequantize(plan));
        yield return Define(
            KernelOp.Gemv, ActivationKind.Int16InOrder, new BlockWordGemv(plan), new QuantizeInputs(16, BlockPacking.RunInputs, LargestWord));
    }
}
