namespace Dropwise.Inference.Cuda;

/// <summary>y += norm(x + bias): 48 bytes, as <c>struct ResidualArguments</c> of the device code.</summary>
internal struct ResidualArguments
{
    /// <summary>Float32 [tokens][columns], added to.</summary>
    public nint Y;

    /// <summary>Float32 [tokens][columns], or 0 for zeros.</summary>
    public nint X;

    /// <summary>Float32 [columns], or 0.</summary>
    public nint Bias;

    /// <summary>Float32 [columns], the norm's factors; 0 without a norm.</summary>
    public nint Weight;

    /// <summary>Float32 [columns], what the norm of a layer adds; 0 for a root-mean-square norm.</summary>
    public nint NormBias;

    /// <summary>Elements of a token.</summary>
    public int Columns;

    /// <summary>What is added to the mean square or the variance.</summary>
    public float Epsilon;
}

/// <summary>What is done to every element of a vector: 24 bytes, as <c>struct MapArguments</c> of the device code.</summary>
internal struct MapArguments
{
    /// <summary>Float32 [count], changed.</summary>
    public nint Values;

    /// <summary>Elements.</summary>
    public long Count;

    /// <summary>The factor, or the bound.</summary>
    public float Number;
}
