namespace Dropwise;

/// <summary>Which matrices share one set of codebooks.</summary>
/// <remarks>This file is linked into the generator, which reads the same values from syntax.</remarks>
public enum CodebookScope
{
    /// <summary>Every matrix has codebooks of its own.</summary>
    Tensor = 0,

    /// <summary>All matrices of a model share one set, so that matrices that read one input also share its product tables.</summary>
    Model = 1,
}
