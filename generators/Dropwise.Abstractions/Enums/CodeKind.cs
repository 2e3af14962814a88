namespace Dropwise;

/// <summary>How a code becomes a value.</summary>
/// <remarks>This file is linked into the generator, which reads the same values from syntax.</remarks>
public enum CodeKind
{
    /// <summary>The code is an integer, the value is affine in it.</summary>
    Uniform = 0,

    /// <summary>The code indexes a table of values that the format declares.</summary>
    Lookup = 1,

    /// <summary>A group of weights is the sum of one codeword of each codebook.</summary>
    Additive = 2,
}
