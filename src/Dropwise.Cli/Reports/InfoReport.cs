namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise info --json</c> prints: this machine and this file.</summary>
/// <param name="Version">The version of Dropwise.</param>
/// <param name="Isa">The instruction set that kernels are chosen for: scalar, avx2, avx512 or avx512vbmi.</param>
/// <param name="DetectedIsa">The best one that processor and file allow; above <paramref name="Isa"/> where DROPWISE_ISA lowers it.</param>
/// <param name="Cpu">The processor's name.</param>
/// <param name="Threads">Hardware threads that this process may use.</param>
/// <param name="Native">Whether this is the natively compiled file rather than a development build.</param>
/// <param name="Cuda">The CUDA device, or null where there is none to use.</param>
internal sealed record InfoReport(string Version, string Isa, string DetectedIsa, string Cpu, int Threads, bool Native, CudaReport? Cuda);
