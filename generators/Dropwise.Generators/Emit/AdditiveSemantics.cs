using System.Linq;
using Dropwise.Generators.Lowering;
using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit;

/// <summary>What the steps of an additive kernel say, for the renderers of every language.</summary>
internal class AdditiveSemantics
{
    /// <summary>Reads the steps of a kernel.</summary>
    /// <param name="steps">From stored bytes to the weight.</param>
    public AdditiveSemantics(EquatableArray<SemanticStep> steps)
    {
        AddCodebook first = steps.OfType<AddCodebook>().First();
        Codebooks = steps.OfType<AddCodebook>().Count();
        Dimension = first.Dimension;
        Codeword = first.Codeword;
        CodeBits = steps.OfType<LoadCodes>().First().Bits;
        RowScale = steps.OfType<ApplyScale>().FirstOrDefault();
    }

    /// <summary>Codebooks that the level reads.</summary>
    public int Codebooks { get; }

    /// <summary>Inputs of a run.</summary>
    public int Dimension { get; }

    /// <summary>The type of a codeword's elements.</summary>
    public ScalarType Codeword { get; }

    /// <summary>Bits of a code.</summary>
    public int CodeBits { get; }

    /// <summary>The row's scale, or null.</summary>
    public ApplyScale? RowScale { get; }

    /// <summary>Codewords of a codebook.</summary>
    public int Codewords => 1 << CodeBits;
}
