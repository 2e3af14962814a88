using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>Strides of the additive layout of CPUs, beside what a kernel's semantics say; all renderers of an additive kernel ask here.</summary>
/// <param name="kernel">An additive kernel.</param>
internal sealed class AdditiveGeometry(KernelDefinition kernel) : AdditiveSemantics(kernel.Semantics)
{
    /// <summary>Bytes of a block's codes for one run.</summary>
    public int BlockBytes => AdditivePacking.BlockRows * CodeBits / 8;

    /// <summary>The bytes from one run of a tile to the next, as an expression.</summary>
    public string Stride => CodeBits == 8 ? "tile->TileRows" : "tile->TileRows / 2";
}
