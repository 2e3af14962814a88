using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>What this process may use: the ISA of the processor and of the published image, lowered by <c>DROPWISE_ISA</c>.</summary>
public static class CpuFeatures
{
    /// <summary>The environment variable that lowers the ISA: <c>scalar</c>, <c>avx2</c>, <c>avx512</c> or <c>avx512vbmi</c>.</summary>
    public const string IsaVariable = "DROPWISE_ISA";

    /// <summary>The best ISA that both the processor and the image's compilation support.</summary>
    public static CpuIsa Detected { get; } =
        Avx512F.IsSupported && Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported
            ? Avx512Vbmi.IsSupported ? CpuIsa.Avx512Vbmi : CpuIsa.Avx512
            : Avx2.IsSupported && Fma.IsSupported ? CpuIsa.Avx2 : CpuIsa.Scalar;

    /// <summary>The ISA that kernels are chosen for unless a caller names one: detected, or lower by the environment.</summary>
    public static CpuIsa Selected { get; } = Lowered(Environment.GetEnvironmentVariable(IsaVariable), Detected);

    /// <summary>The lower-case name of an ISA, as kernel names and <see cref="IsaVariable"/> spell it.</summary>
    /// <param name="isa">The ISA.</param>
    public static string NameOf(CpuIsa isa) => isa switch
    {
        CpuIsa.Avx512Vbmi => "avx512vbmi",
        CpuIsa.Avx512 => "avx512",
        CpuIsa.Avx2 => "avx2",
        _ => "scalar",
    };

    /// <summary>The ISA that a value of <see cref="IsaVariable"/> asks for, never above what is detected.</summary>
    /// <param name="requested">The variable's value, or null.</param>
    /// <param name="detected">The best ISA that may be used.</param>
    /// <exception cref="ArgumentException">The value names no ISA.</exception>
    public static CpuIsa Lowered(string? requested, CpuIsa detected)
    {
        if (string.IsNullOrEmpty(requested)) return detected;
        foreach (CpuIsa isa in (ReadOnlySpan<CpuIsa>)[CpuIsa.Scalar, CpuIsa.Avx2, CpuIsa.Avx512, CpuIsa.Avx512Vbmi])
        {
            if (string.Equals(requested, NameOf(isa), StringComparison.OrdinalIgnoreCase))
                return isa < detected ? isa : detected;
        }

        throw new ArgumentException($"{IsaVariable} is '{requested}'; it takes scalar, avx2, avx512 or avx512vbmi");
    }
}
