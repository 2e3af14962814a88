namespace Dropwise.Cli.Reports;

/// <summary>The speed of one kernel.</summary>
/// <param name="Format">The format.</param>
/// <param name="Level">The level, from 1.</param>
/// <param name="Op"><c>gemv</c> for one token, <c>gemm</c> for more.</param>
/// <param name="Engine">The instruction set of the kernel, or the architecture of the device.</param>
/// <param name="M">Tokens.</param>
/// <param name="N">Output rows.</param>
/// <param name="K">Inputs.</param>
/// <param name="Threads">Threads; 0 on a CUDA device.</param>
/// <param name="Seconds">The median time of one product.</param>
/// <param name="Gbps">Weights read, in 10^9 bytes a second.</param>
/// <param name="RooflineGbps">The median read speed of memory in the same rounds.</param>
/// <param name="Ratio">The median over the rounds of the kernel's speed against the smaller of the memory's and the look-up limit.</param>
/// <param name="RooflineRatio">The same against the memory's speed alone.</param>
internal sealed record KernelReport(
    string Format,
    int Level,
    string Op,
    string Engine,
    int M,
    int N,
    int K,
    int Threads,
    double Seconds,
    double Gbps,
    double RooflineGbps,
    double Ratio,
    double RooflineRatio)
{
    /// <summary>On a CUDA device: the kernel that was chosen.</summary>
    public string? Kernel { get; init; }

    /// <summary>On a CUDA device: the median time of one product with the kernel that makes the form of its activations.</summary>
    public double? PreparedSeconds { get; init; }

    /// <summary>On a CUDA device with cuBLAS: the median time of the same product in bfloat16, measured in the same run.</summary>
    public double? BlasSeconds { get; init; }
}
