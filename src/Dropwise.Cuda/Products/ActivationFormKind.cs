namespace Dropwise.Cuda;

/// <summary>What a product reads in place of float32 activations.</summary>
public enum ActivationFormKind
{
    /// <summary>16-bit integers relative to the largest of 512 inputs, as two signed bytes each: products of few tokens.</summary>
    Split16 = 0,

    /// <summary>Halves with a power of two a token, in the order of tensor core fragments: products of many tokens.</summary>
    Half = 1,

    /// <summary>Float32: products of unquantized matrices with few tokens.</summary>
    Float32 = 2,

    /// <summary>bfloat16, row after row: what cuBLAS multiplies unquantized matrices with.</summary>
    BFloat16 = 3,

    /// <summary>Halves, row after row, of which all tokens are divided by one power of two: what cuBLAS multiplies decoded matrices with.</summary>
    HalfRows = 4,

    /// <summary>No form: the pass over the activations that <see cref="HalfRows"/> takes its power of two from.</summary>
    Largest = 5,
}
