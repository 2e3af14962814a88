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
        ActivationKind.Half => "f16",
        ActivationKind.Split16 => "s16",
        ActivationKind.Int16InOrder => "i16",
        _ => "lut8",
    };

    /// <summary>An instruction set; a CPU's is also the name of an engine.</summary>
    /// <param name="isa">The instruction set.</param>
    public static string Of(KernelIsa isa) => isa switch
    {
        KernelIsa.Scalar => "scalar",
        KernelIsa.Avx2 => "avx2",
        KernelIsa.Avx512 => "avx512",
        KernelIsa.Avx512Vbmi => "avx512vbmi",
        KernelIsa.Sm80 => "sm80",
        _ => "sm90a",
    };
}
