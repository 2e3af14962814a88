namespace Dropwise.Generators.Lowering;

/// <summary>How the parts of a kernel's name are spelled.</summary>
internal static class Spelling
{
    /// <summary>An op.</summary>
    /// <param name="op">The op.</param>
    public static string Of(KernelOp op) => op switch
    {
        KernelOp.Dequantize => "dequantize",
        KernelOp.Gemv => "gemv",
        KernelOp.Gemm => "gemm",
        _ => "tables",
    };

    /// <summary>An activation.</summary>
    /// <param name="activation">The activation.</param>
    public static string Of(ActivationKind activation) => activation switch
    {
        ActivationKind.Float32 => "f32",
        ActivationKind.Int8 => "a8",
        ActivationKind.Int16 => "a16",
        _ => "lut8",
    };

    /// <summary>An instruction set, which is also the name of an engine.</summary>
    /// <param name="isa">The instruction set.</param>
    public static string Of(CpuIsa isa) => isa switch
    {
        CpuIsa.Scalar => "scalar",
        CpuIsa.Avx2 => "avx2",
        CpuIsa.Avx512 => "avx512",
        _ => "avx512vbmi",
    };
}
