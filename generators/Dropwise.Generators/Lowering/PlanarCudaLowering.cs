using System;
using System.Linq;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>Lowers uniform and lookup codes to their layout in device memory and their CUDA kernels.</summary>
internal static class PlanarCudaLowering
{
    private const int StepInputs = 32;

    // Two sums are a load, and the smallest unit is 256 inputs.
    private const int MostSummed = 128;

    // Found by compiling: with more, the kernel of up to four tokens, whose 512 threads have 128 registers each, spills.
    private const int MostUnitWords = 44;

    /// <summary>Decides layout and kernels.</summary>
    /// <param name="format">A uniform or lookup format.</param>
    /// <param name="layout">Its layout for CPUs, whose packing is planar.</param>
    /// <param name="semantics">From stored bytes to the weight.</param>
    public static CudaPlan Lower(FormatSpec format, LayoutPlan layout, EquatableArray<SemanticStep> semantics)
    {
        var packing = (PlanarPacking)layout.Packing;
        return new CudaPlan
        {
            Streams = new EquatableArray<DeviceStreamPlan>(layout.Streams.Select((stream, index) =>
                new DeviceStreamPlan(stream.Name, stream.Level, index, Form(format, packing, stream)))),
            Kernels = new EquatableArray<KernelDefinition>(CudaKernels.Of(format, 1, semantics, Few(format.Kind == CodeKind.Uniform ? UnitWords(format) : int.MaxValue))),
            SumRun = SumRun(format, semantics),
        };
    }

    /// <summary>Inputs that share a scale wherever a job begins: the largest divisor of a job that no group's border falls inside.</summary>
    /// <param name="groupSize">A multiple of 32; 0 where there is no group.</param>
    public static int ScaleRun(int groupSize)
    {
        int run = DeviceStreamPlan.JobInputs;
        while (groupSize % run != 0) run /= 2;
        return run;
    }

    /// <summary>
    /// Inputs whose activations are summed for zero points; 0 where codes need no sums, or become signed before they are multiplied: with a run a
    /// step, a lane would hold more sums than it has registers, and the difference fits a byte where a code has fewer than eight bits and its zero
    /// is an integer.
    /// </summary>
    /// <param name="format">The format.</param>
    /// <param name="semantics">From stored bytes to the weight.</param>
    public static int SumRun(FormatSpec format, EquatableArray<SemanticStep> semantics)
    {
        bool hasOffset = semantics.Any(static step => step is AddGroupOffset);
        if (!hasOffset && !semantics.Any(static step => step is SubtractGroupZero or SubtractConstant { Zero: not 0 })) return 0;
        int run = ScaleRun(format.GroupSize);
        return run == StepInputs && format.CodeBits < 8 && !hasOffset ? 0 : Math.Min(run, MostSummed);
    }

    /// <summary>
    /// The products of few tokens: a tile of four, eight or sixteen. A lane keeps a unit's codes and its groups' scales, and two words of activations a
    /// step and column tile. A unit is half a job: with a whole one a kernel is faster alone, but in a model, where its first codes come while the
    /// activations are made, what is left to do after them is longer. Where a lane keeps more, blocks have fewer threads, which have more registers
    /// each: no kernel may spill.
    /// </summary>
    /// <param name="unitWords">Words of a lane and 16 steps; the most there are where a table's bytes take registers of their own.</param>
    public static (int Tokens, CudaGemv Schedule)[] Few(int unitWords) => unitWords <= MostUnitWords
        ? [(4, new CudaGemv(1, 8, 512)), (8, new CudaGemv(2, 8, 384)), (16, new CudaGemv(4, 8, 256))]
        : [(4, new CudaGemv(1, 8, 384)), (8, new CudaGemv(2, 8, 256)), (16, new CudaGemv(4, 8, 256, FillsRegisters: false))];

    /// <summary>Words of a lane and 16 steps: codes, and for each group a pair of scales and perhaps of zeros or offsets.</summary>
    /// <param name="format">A format whose groups have one level of scales.</param>
    public static int UnitWords(FormatSpec format)
    {
        int groups = format.GroupSize == 0 ? 0 : DeviceStreamPlan.JobInputs / ScaleRun(format.GroupSize);
        int pair = format.GroupScale is ScalarType.Float16 or ScalarType.Exponent8 ? 1 : 2;
        int zero = format.Zero switch { ZeroPoint.Original => 1, ZeroPoint.Rescale => pair, _ => 0 };
        return (8 * format.CodeBits) + (groups * (pair + zero));
    }

    private static DeviceForm Form(FormatSpec format, PlanarPacking packing, StreamPlan stream) => stream.Name switch
    {
        "codes.1" => new PlaneCodes(packing.Planes, format.CodeBits),
        "row_scales" => new RowScalars(stream.Type),
        "zeros" when packing.ZeroPlanes.Count != 0 => new GroupZeros(packing.ZeroPlanes, format.GroupSize),
        _ => new GroupScalars(stream.Type, format.GroupSize),
    };
}
