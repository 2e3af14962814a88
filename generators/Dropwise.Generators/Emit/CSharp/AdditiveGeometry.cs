using System.Linq;
using Dropwise.Generators.Lowering;

namespace Dropwise.Generators.Emit.CSharp;

/// <summary>What the semantics of an additive kernel say about its layout; all renderers of such a kernel ask here.</summary>
internal sealed class AdditiveGeometry
{
    /// <summary>Reads the semantics of a kernel.</summary>
    /// <param name="kernel">An additive kernel.</param>
    public AdditiveGeometry(KernelDefinition kernel)
    {
        Codebooks = kernel.Semantics.OfType<AddCodebook>().Count();
        Dimension = kernel.Semantics.OfType<AddCodebook>().First().Dimension;
        CodeBits = kernel.Semantics.OfType<LoadCodes>().First().Bits;
        RowScale = kernel.Semantics.OfType<ApplyScale>().FirstOrDefault();
    }

    /// <summary>Codebooks that the level reads.</summary>
    public int Codebooks { get; }

    /// <summary>Inputs of a run.</summary>
    public int Dimension { get; }

    /// <summary>Bits of a code.</summary>
    public int CodeBits { get; }

    /// <summary>The row's scale, or null.</summary>
    public ApplyScale? RowScale { get; }

    /// <summary>Codewords of a codebook.</summary>
    public int Codewords => 1 << CodeBits;

    /// <summary>Bytes of a block's codes for one run.</summary>
    public int BlockBytes => AdditivePacking.BlockRows * CodeBits / 8;

    /// <summary>The bytes from one run of a tile to the next, as an expression.</summary>
    public string Stride => CodeBits == 8 ? "tile->TileRows" : "tile->TileRows / 2";
}
