namespace Dropwise;

/// <summary>
/// A run of <see cref="Dimension"/> weights of one output row is the sum of one codeword of each codebook:
/// ŵ[0..d) = s · Σ_m c_m · C_m[code_m] (AQLM, arXiv 2401.06118, equation 1; c_m is 1 when codewords are floats).
/// </summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class AdditiveCodebookAttribute : Attribute
{
    /// <summary>The number of codebooks M, 1 to 8.</summary>
    public required int Count { get; init; }

    /// <summary>
    /// Bits of a code: 4 or 8, so that a codebook has 16 or 256 codewords; or 9 to 16, which take 16 bits each and are decoded
    /// from codewords of 8 or 16 float16 values.
    /// </summary>
    public required int CodeBits { get; init; }

    /// <summary>The weights of one codeword d: 4, 8 or 16 consecutive inputs.</summary>
    public required int Dimension { get; init; }

    /// <summary>The type of a codeword's elements: <see cref="ScalarType.Float16"/>, or <see cref="ScalarType.Int8"/> with a float32 scale a codebook.</summary>
    public ScalarType Codeword { get; init; } = ScalarType.Float16;

    /// <summary>Codebooks of a matrix's own, or one set for all matrices of a model.</summary>
    public CodebookScope Scope { get; init; } = CodebookScope.Tensor;
}
