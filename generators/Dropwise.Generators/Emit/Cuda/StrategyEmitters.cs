using System;
using System.Collections.Generic;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>The table from a schedule's record to what writes its entry point: a hand-written driver times the level's decoder.</summary>
internal static class StrategyEmitters
{
    private static readonly IReadOnlyDictionary<Type, Action<SourceWriter, KernelDefinition>> Table = new Dictionary<Type, Action<SourceWriter, KernelDefinition>>
    {
        [typeof(CudaDequantize)] = DriverEntryEmitter.Dequantize,
        [typeof(CudaGemv)] = DriverEntryEmitter.Gemv,
        [typeof(CudaGemm)] = DriverEntryEmitter.Gemm,
        [typeof(CudaWarpgroupGemm)] = DriverEntryEmitter.WarpgroupGemm,
    };

    /// <summary>Writes the entry point of a kernel.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="kernel">The kernel.</param>
    public static void Emit(SourceWriter writer, KernelDefinition kernel) => Table[kernel.Schedule.GetType()](writer, kernel);
}
