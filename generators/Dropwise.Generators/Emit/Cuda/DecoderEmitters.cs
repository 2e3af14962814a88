using System;
using System.Collections.Generic;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>
/// The table from a layout's packing to what writes the decoders of a level. They stand in the namespace <c>weights</c>: <c>Decoder&lt;Fragment&gt;</c> for
/// products with halves and dequantization (<c>Drivers/Fragments.cuh</c>), <c>ByteDecoder</c> for products with bytes (<c>Drivers/Gemv.cuh</c>).
/// </summary>
internal static class DecoderEmitters
{
    private static readonly IReadOnlyDictionary<Type, Action<SourceWriter, KernelPlan, KernelDefinition>> Table =
        new Dictionary<Type, Action<SourceWriter, KernelPlan, KernelDefinition>>
        {
            [typeof(PlanarPacking)] = PlanarDecoderEmitter.Emit,
            [typeof(SecondLevelPacking)] = SecondLevelDecoderEmitter.Emit,
            [typeof(AdditivePacking)] = AdditiveDecoderEmitter.Emit,
            [typeof(WideCodePacking)] = AdditiveDecoderEmitter.Emit,
            [typeof(BlockPacking)] = BlockDecoderEmitter.Emit,
        };

    /// <summary>Writes the decoders of a level.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="kernel">Any kernel of the level: all of them have the same semantics.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, KernelDefinition kernel)
    {
        writer.Line($"// Weights: {string.Join(", ", System.Linq.Enumerable.Select(kernel.Semantics, static step => step.Summary))}.");
        using (writer.Block("namespace weights")) Table[plan.Layout.Packing.GetType()](writer, plan, kernel);
    }
}
