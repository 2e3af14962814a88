namespace Dropwise.Generators.Lowering;

// The same members as the run-time enums of Dropwise.Cpu, which the registry emitter spells by name. They are not linked, because
// kernels depend on the generator and never the other way round.

/// <summary>What a kernel computes.</summary>
internal enum KernelOp
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
internal enum ActivationKind
{
    /// <summary>Float32 as they are.</summary>
    Float32 = 0,

    /// <summary>Signed 8-bit integers.</summary>
    Int8 = 1,

    /// <summary>Signed 16-bit integers.</summary>
    Int16 = 2,

    /// <summary>Product tables of 8-bit entries.</summary>
    ProductTable = 3,

    /// <summary>Float16 with a power of two a token.</summary>
    Half = 4,

    /// <summary>The high and low bytes of 16-bit integers, with a float32 scale every 512 inputs.</summary>
    Split16 = 5,

    /// <summary>Signed 16-bit integers in the order of the inputs.</summary>
    Int16InOrder = 6,
}

/// <summary>What a kernel is written for: the instruction sets of CPUs in ascending order, then the architectures of CUDA devices.</summary>
internal enum KernelIsa
{
    /// <summary>No vector intrinsics.</summary>
    Scalar = 0,

    /// <summary>AVX2 and FMA.</summary>
    Avx2 = 1,

    /// <summary>AVX-512 F, BW, CD, DQ and VL.</summary>
    Avx512 = 2,

    /// <summary>AVX-512 with VBMI.</summary>
    Avx512Vbmi = 3,

    /// <summary>CUDA: Ampere and later.</summary>
    Sm80 = 4,

    /// <summary>CUDA: Hopper's own instructions.</summary>
    Sm90a = 5,
}
