using System.Collections.Generic;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>The CUDA kernels of a level: the drivers, in the tiles that serve few, some and many tokens, for the same semantics.</summary>
internal static class CudaKernels
{
    /// <summary>The kernels of a level in a stable order.</summary>
    /// <param name="format">The format.</param>
    /// <param name="level">From 1.</param>
    /// <param name="semantics">From stored bytes to the weight, the same steps as the CPU's kernels have.</param>
    /// <param name="few">The products of few tokens, which depend on how much of the codes a lane holds, with the tokens of their tiles.</param>
    public static IEnumerable<KernelDefinition> Of(
        FormatSpec format, int level, EquatableArray<SemanticStep> semantics, params (int Tokens, CudaGemv Schedule)[] few)
    {
        KernelDefinition Define(KernelOp op, ActivationKind activation, int rows, int tokens, KernelIsa isa, Schedule schedule) => new()
        {
            Format = format.Name,
            Op = op,
            Level = level,
            Isa = isa,
            Activation = activation,
            TileRows = rows,
            TileTokens = tokens,
            Prologue = new EquatableArray<PrologueStage>(
                op == KernelOp.Dequantize || format.Rotation == Rotation.None ? [] : [new RotateInputs(format.Rotation)]),
            Semantics = semantics,
            Schedule = schedule,
        };

        yield return Define(KernelOp.Dequantize, ActivationKind.Float32, DeviceStreamPlan.JobRows, 0, KernelIsa.Sm80, new CudaDequantize());
        yield return Define(KernelOp.Dequantize, ActivationKind.Half, DeviceStreamPlan.JobRows, 0, KernelIsa.Sm80, new CudaDequantize());
        foreach ((int tokens, CudaGemv schedule) in few)
            yield return Define(KernelOp.Gemv, ActivationKind.Split16, DeviceStreamPlan.JobRows, tokens, KernelIsa.Sm80, schedule);
        yield return Define(KernelOp.Gemm, ActivationKind.Half, 256, 64, KernelIsa.Sm80, new CudaGemm(Warps: 8, WarpTiles: 2));

        // Few tokens want many small tiles, so that every multiprocessor has one; many want large tiles, which read less.
        yield return Define(KernelOp.Gemm, ActivationKind.Half, 64, 64, KernelIsa.Sm90a, new CudaWarpgroupGemm(Groups: 1));
        yield return Define(KernelOp.Gemm, ActivationKind.Half, 64, 128, KernelIsa.Sm90a, new CudaWarpgroupGemm(Groups: 1));
        yield return Define(KernelOp.Gemm, ActivationKind.Half, 128, 256, KernelIsa.Sm90a, new CudaWarpgroupGemm(Groups: 2));
    }
}
