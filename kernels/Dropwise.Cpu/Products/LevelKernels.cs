namespace Dropwise.Cpu;

/// <summary>The kernels that one level of a matrix uses, chosen once.</summary>
internal sealed class LevelKernels
{
    /// <summary>Tokens up to which a gemv a token beats panels: its codes are in the cache from the second token on.</summary>
    public const int MaxGemvTokens = 8;

    /// <summary>Chooses the best kernels that an instruction set allows.</summary>
    /// <param name="row">The format.</param>
    /// <param name="level">The level, from 1.</param>
    /// <param name="isa">The highest instruction set.</param>
    /// <exception cref="ArgumentException">The format has no dequantization for the level.</exception>
    public LevelKernels(FormatRow row, int level, CpuIsa isa)
    {
        Dequantize = row.Find(KernelOp.Dequantize, level, isa)
            ?? throw new ArgumentException($"{row.Descriptor.Name} has no dequantize kernel for level {level} and {CpuFeatures.NameOf(isa)}", nameof(row));
        Gemv = row.Find(KernelOp.Gemv, level, isa);
        Gemm = row.Find(KernelOp.Gemm, level, isa);
        Decode = Gemv is { Activation: ActivationKind.ProductTable } ? row.Find(KernelOp.Gemv, level, isa, ActivationKind.Float32) : null;
    }

    /// <summary>Codes to panels.</summary>
    public KernelEntry Dequantize { get; }

    /// <summary>One token, or null where the format has panels only.</summary>
    public KernelEntry? Gemv { get; }

    /// <summary>Several tokens, or null.</summary>
    public KernelEntry? Gemm { get; }

    /// <summary>Where <see cref="Gemv"/> reads product tables: one token without them, for few rows.</summary>
    public KernelEntry? Decode { get; }
}
