namespace Dropwise;

/// <summary>The orthogonal transform of the inputs that a format's codes are behind.</summary>
/// <remarks>This file is linked into the generator, which reads the same values from syntax.</remarks>
public enum Rotation
{
    /// <summary>Codes describe W itself.</summary>
    None = 0,

    /// <summary>
    /// V = (H_p / √p ⊗ I) · diag(signs): random signs, then a Walsh-Hadamard transform of each block of p inputs, p being the
    /// largest power of two that divides K, at most 256. Codes describe W·Vᵀ.
    /// </summary>
    BlockHadamard = 1,
}
