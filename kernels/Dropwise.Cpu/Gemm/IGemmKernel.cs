namespace Dropwise.Cpu;

/// <summary>The register-blocked inner products of a float32 panel, for one instruction set.</summary>
/// <remarks>
/// A panel is [inputs, 64]: a lane of a vector is an output row, so that sums never cross lanes and an activation is one
/// broadcast for 64 rows.
/// </remarks>
internal unsafe interface IGemmKernel
{
    /// <summary>Tokens of <see cref="MultiplyMany"/>.</summary>
    static abstract int TokenBlock { get; }

    /// <summary>Adds (or writes) the products of a panel with <see cref="TokenBlock"/> tokens.</summary>
    /// <param name="tile">The operands.</param>
    static abstract void MultiplyMany(in GemmTile tile);

    /// <summary>Adds (or writes) the products of a panel with the first token alone.</summary>
    /// <param name="tile">The operands; <see cref="GemmTile.Tokens"/> is 1.</param>
    static abstract void MultiplyOne(in GemmTile tile);
}

/// <summary>The operands of one call of a micro-kernel.</summary>
internal unsafe struct GemmTile
{
    /// <summary>The first activation of the first token for the panel's first input, float32.</summary>
    public float* X;

    /// <summary>Elements from one token's activations to the next.</summary>
    public nint XStride;

    /// <summary>Tokens that exist; a kernel that computes more repeats the last one.</summary>
    public int Tokens;

    /// <summary>The panel, [inputs, 64] float32, 64-byte aligned.</summary>
    public float* Panel;

    /// <summary>Inputs of the panel.</summary>
    public int Inputs;

    /// <summary>Receives 64 float32 for each token of the kernel's block, beyond <see cref="Tokens"/> too.</summary>
    public float* Y;

    /// <summary>Elements from one token's results to the next.</summary>
    public nint YStride;

    /// <summary>True: results are added to what <see cref="Y"/> holds.</summary>
    public bool Accumulate;

    /// <summary>The activations of a token, or of the last one that exists.</summary>
    /// <param name="token">0 to the kernel's block − 1.</param>
    public readonly float* Row(int token) => X + (Math.Min(token, Tokens - 1) * XStride);
}
