using System;
using System.Collections.Generic;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>The table from the form of a device stream to what writes its repack kernel.</summary>
internal static class RepackEmitters
{
    private static readonly IReadOnlyDictionary<Type, Action<SourceWriter, KernelPlan, DeviceStreamPlan>> Table =
        new Dictionary<Type, Action<SourceWriter, KernelPlan, DeviceStreamPlan>>
        {
            [typeof(PlaneCodes)] = PlaneRepackEmitter.Emit,
            [typeof(CodewordCodes)] = CodewordRepackEmitter.Emit,
            [typeof(GroupScalars)] = ScalarRepackEmitter.Groups,
            [typeof(GroupZeros)] = ZeroRepackEmitter.Emit,
            [typeof(InterleavedCodes)] = SecondLevelRepackEmitter.Codes,
            [typeof(StatisticWords)] = SecondLevelRepackEmitter.Words,
            [typeof(GroupStatistics)] = SecondLevelRepackEmitter.Statistics,
            [typeof(RowScalars)] = ScalarRepackEmitter.Rows,
        };

    /// <summary>Writes the kernel that makes a device stream from the CPU's.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="stream">The stream.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, DeviceStreamPlan stream)
    {
        if (plan.Layout.Packing is BlockPacking) BlockRepackEmitter.Emit(writer, plan, stream);
        else Table[stream.Form.GetType()](writer, plan, stream);
    }
}
