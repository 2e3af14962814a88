using System;
using System.Collections.Generic;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>The table from a schedule's record to what writes it in CUDA C++; a new strategy is one more row.</summary>
internal static class StrategyEmitters
{
    private static readonly IReadOnlyDictionary<Type, Action<SourceWriter, KernelPlan, KernelDefinition>> Table =
        new Dictionary<Type, Action<SourceWriter, KernelPlan, KernelDefinition>>();

    /// <summary>Writes the entry point of a kernel, and the decoder that only it uses.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan that the kernel is of.</param>
    /// <param name="kernel">The kernel.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, KernelDefinition kernel) => Table[kernel.Schedule.GetType()](writer, plan, kernel);
}
