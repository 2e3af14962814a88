using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.Cuda;

/// <summary>Writes the decoders of additive codebooks.</summary>
internal static class AdditiveDecoderEmitter
{
    /// <summary>Writes operands and decoders.</summary>
    /// <param name="writer">Receives the lines.</param>
    /// <param name="plan">A plan whose packing is additive.</param>
    /// <param name="kernel">Any kernel of the level.</param>
    public static void Emit(SourceWriter writer, KernelPlan plan, KernelDefinition kernel)
    {
        var geometry = new CodewordGeometry(plan, kernel);
        CodewordOperandEmitter.Emit(writer, geometry);
        writer.Line();
        CodewordFragmentEmitter.Emit(writer, geometry);
        writer.Line();
        CodewordByteEmitter.Emit(writer, geometry);
    }
}
