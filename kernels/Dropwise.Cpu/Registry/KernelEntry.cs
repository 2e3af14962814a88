namespace Dropwise.Cpu;

/// <summary>What a generated kernel computes.</summary>
public enum KernelOp
{
    /// <summary>Codes to float32 panels.</summary>
    Dequantize = 0,

    /// <summary>One tile of y = W x for one token.</summary>
    Gemv = 1,

    /// <summary>One tile of Y = W X for several tokens.</summary>
    Gemm = 2,

    /// <summary>Product tables of one chunk of inputs with one codebook, of which all levels and rows read.</summary>
    Tables = 3,
}

/// <summary>What a kernel reads in place of float32 activations.</summary>
public enum ActivationKind
{
    /// <summary>Float32 as they are.</summary>
    Float32 = 0,

    /// <summary>Signed 8-bit integers with a float32 scale every 32 inputs ("a8").</summary>
    Int8 = 1,

    /// <summary>Signed 16-bit integers with a float32 scale every 32 inputs ("a16").</summary>
    Int16 = 2,

    /// <summary>Product tables of 8-bit entries, one for each codebook and run of inputs ("lut8").</summary>
    ProductTable = 3,

    /// <summary>CUDA: float16 with a power of two a token, or a dequantization to float16 ("f16").</summary>
    Half = 4,

    /// <summary>CUDA: the high and low bytes of 16-bit integers, with a float32 scale every 512 inputs ("s16").</summary>
    Split16 = 5,

    /// <summary>Signed 16-bit integers in the order of the inputs, with a float32 scale every 32 and sums every 16 ("i16").</summary>
    Int16InOrder = 6,
}

/// <summary>One generated kernel of a format.</summary>
public sealed unsafe class KernelEntry
{
    /// <summary>The name: <c>&lt;op&gt;_&lt;format&gt;_l&lt;level&gt;_&lt;activation&gt;_&lt;tile&gt;_&lt;isa&gt;</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it computes.</summary>
    public required KernelOp Op { get; init; }

    /// <summary>The level it serves, from 1.</summary>
    public required int Level { get; init; }

    /// <summary>The instruction set it needs.</summary>
    public required CpuIsa Isa { get; init; }

    /// <summary>What it reads in place of float32 activations.</summary>
    public required ActivationKind Activation { get; init; }

    /// <summary>The entry point.</summary>
    public required delegate*<TileArguments*, void> Function { get; init; }
}
