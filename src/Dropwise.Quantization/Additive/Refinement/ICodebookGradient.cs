namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>
/// The weighted error as a quadratic of all codewords of all codebooks, codes and row scales being fixed: half its negative gradient, and the product of its
/// normal matrix and a change of codewords, neither of which is ever in memory as a matrix. A codeword's part is the sum over the runs of inputs that use it of
/// Σ_{l ≥ m} λ_l s² (E_l H_l), E being the errors, or what the change makes of each prefix.
/// </summary>
internal interface ICodebookGradient : IDisposable
{
    /// <summary>The weighted error at the present codewords.</summary>
    double Error();

    /// <summary>Half the negative gradient at the present codewords.</summary>
    /// <param name="gradient">Receives it [M, codewords, dimension].</param>
    void Fill(float[] gradient);

    /// <summary>The product of the normal matrix and a change of codewords.</summary>
    /// <param name="change">The change [M, codewords, dimension].</param>
    /// <param name="product">Receives the product.</param>
    void Multiply(Codebooks change, float[] product);

    /// <summary>The diagonal of the normal matrix.</summary>
    /// <param name="diagonal">Receives it [M, codewords, dimension].</param>
    void Diagonal(float[] diagonal);
}
