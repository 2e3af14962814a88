using System;
using System.Collections.Generic;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>
/// Lowers somebody else's blocks to planes in device memory, which kernels make of the blocks when a matrix is loaded: blocks have whatever size their
/// authors chose and interleave their inputs in as many ways, while a warp wants aligned words whose bytes are operands of tensor cores. Codes keep their
/// bits, and so the planes are as large as the blocks but for ternary digits, which become two bits, and quantized scales, which become a byte each.
/// </summary>
internal static class BlockCudaLowering
{
    /// <summary>The stream of codes.</summary>
    public const string Codes = "codes";

    /// <summary>The stream of scales: numbers, or the quantized scales of a second level.</summary>
    public const string Scales = "scales";

    /// <summary>The stream of offsets: numbers, or the quantized offsets of a second level.</summary>
    public const string Offsets = "offsets";

    /// <summary>The stream of a second level's steps.</summary>
    public const string StepNumbers = "steps";

    private const int StepInputs = 32;

    // A part is also one load of scales and one of steps: with four steps these are fewer than the loads of codes.
    private const int LeastPartSteps = 4;

    /// <summary>Decides layout and kernels.</summary>
    /// <param name="block">How a block is unpacked.</param>
    public static CudaPlan Lower(BlockPlan block)
    {
        BlockPacking packing = block.Packing;
        FormatSpec format = packing.Format;
        var semantics = new EquatableArray<SemanticStep>(Steps(block));
        DeviceForm[] forms = [.. Forms(packing)];
        return new CudaPlan
        {
            Streams = new EquatableArray<DeviceStreamPlan>(Names(packing).Zip(forms, static (name, form) => new DeviceStreamPlan(name, 1, 0, form))),
            Kernels = new EquatableArray<KernelDefinition>(CudaKernels.Of(format, 1, semantics, packing.IsOneLevel ? PlanarCudaLowering.Few(PlanarCudaLowering.UnitWords(format)) : Few(format))),

            // Sums of groups of 16 would be more loads than products with ones: such kernels sum a step's activations themselves.
            SumRun = packing.IsOneLevel ? PlanarCudaLowering.SumRun(format, semantics) : format.Zero == ZeroPoint.None || format.GroupSize < StepInputs ? 0 : StepInputs,
        };
    }

    /// <summary>Steps of 32 inputs that one load of a second level's codes covers: at least whole 16-byte words of the narrowest plane.</summary>
    /// <param name="planes">The planes of a code.</param>
    public static int PartSteps(EquatableArray<CodePlane> planes) => Math.Max(LeastPartSteps, 8 / planes.Min(static plane => plane.Bits));

    // Quantized scales take registers of their own, and long bodies spill where the compiler may use all that there are; those of groups of 16 without offsets
    // spill where it may not. Found by compiling.
    private static (int Tokens, CudaGemv Schedule)[] Few(FormatSpec format) =>
    [
        (4, new CudaGemv(1, 8, 384)),
        (8, new CudaGemv(2, 8, 256, FillsRegisters: format is { GroupSize: < StepInputs, Zero: ZeroPoint.None })),
        (16, new CudaGemv(4, 8, 256, FillsRegisters: false)),
    ];

    private static IEnumerable<SemanticStep> Steps(BlockPlan block)
    {
        FormatSpec format = block.Packing.Format;
        yield return new LoadCodes(Codes, format.CodeBits, format.Signed && format.CodeBits == 8);
        yield return new Unpack(CodePlane.Split(format.CodeBits));
        if (block.Table.Count != 0) yield return new LookupIntegers(Padded(block.Table, 1 << format.CodeBits), block.TableScale);
        if (block.CodeZero != 0) yield return new SubtractConstant(block.CodeZero);
        if (format.SecondLevel is { } level) yield return new ApplyBlockSteps(level.ScaleBits, level.ZeroBits, format.GroupSize);
        else yield return new ApplyScale(Scales, format.GroupScale, format.GroupSize);
        if (format.Zero == ZeroPoint.Rescale) yield return new AddGroupOffset(Offsets, block.Packing.NumberType);
    }

    // A look-up takes any code that its bits can hold.
    private static EquatableArray<int> Padded(EquatableArray<int> table, int count) => new(table.Concat(Enumerable.Repeat(0, count - table.Count)));

    private static IEnumerable<string> Names(BlockPacking packing)
    {
        yield return Codes;
        yield return Scales;
        if (!packing.IsOneLevel) yield return StepNumbers;
        if (packing.Format.Zero != ZeroPoint.None && !QuantizedGroups.SharesBytes(packing.Format)) yield return Offsets;
    }

    // In the order of the names: offsets lie as scales do.
    private static IEnumerable<DeviceForm> Forms(BlockPacking packing)
    {
        FormatSpec format = packing.Format;
        EquatableArray<CodePlane> planes = CodePlane.Split(format.CodeBits);
        yield return new PlaneCodes(planes, format.CodeBits);
        if (packing.IsOneLevel)
        {
            var scalars = new GroupScalars(format.GroupScale, format.GroupSize);
            yield return scalars;
            yield return scalars;
        }
        else
        {
            int inputs = PartSteps(planes) * StepInputs;
            var groups = new QuantizedGroups(inputs, Math.Min(format.GroupSize, StepInputs));
            yield return groups;
            yield return new BlockSteps(packing.NumberType, packing.Block.Inputs, format.Zero != ZeroPoint.None);
            yield return groups;
        }
    }
}
