namespace Dropwise.Cpu;

/// <summary>The instruction sets that kernels are generated for, in ascending order of preference.</summary>
public enum CpuIsa
{
    /// <summary>No vector intrinsics.</summary>
    Scalar = 0,

    /// <summary>AVX2 and FMA (x86-64-v3).</summary>
    Avx2 = 1,

    /// <summary>AVX-512 F, BW, CD, DQ and VL (x86-64-v4).</summary>
    Avx512 = 2,

    /// <summary>AVX-512 with VBMI, which x86-64-v4 does not promise: byte permutes across a register.</summary>
    Avx512Vbmi = 3,
}
