using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the decoders of uniform and lookup codes.</summary>
internal static class PlanarDecoderEmitter
{
    /// <summary>Writes operands and decoders.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">A plan whose packing is planar.</param>
    /// <param name="kernel">Any kernel of the level.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, KernelDefinition kernel)
    {
        var geometry = new PlanarGeometry(plan, kernel);
        PlanarOperandEmitter.Emit(writer, geometry);
        writer.Line();
        PlanarFragmentEmitter.Emit(writer, geometry);
        writer.Line();
        PlanarByteEmitter.Emit(writer, geometry);
    }
}
