namespace Dropwise.Cli.Reports;

/// <summary>What <c>dropwise bench --json</c> prints.</summary>
/// <param name="Cpu">The processor's name.</param>
/// <param name="Isa">The instruction set that kernels were chosen for.</param>
/// <param name="Native">Whether the natively compiled file ran, or a development build.</param>
/// <param name="RooflineGbps">The median read speed of memory, in 10^9 bytes a second, at the largest number of threads; 0 where no kernel was timed.</param>
/// <param name="LookupLimitGbps">What table look-ups allow a thread, in 10^9 code bytes a second.</param>
/// <param name="Kernels">One entry a kernel and number of threads.</param>
/// <param name="Models">One entry a model, level and number of threads.</param>
/// <param name="Cuda">The CUDA device that was measured, or null where it was the processor.</param>
internal sealed record BenchReport(
    string Cpu, string Isa, bool Native, double RooflineGbps, double LookupLimitGbps, KernelReport[] Kernels, ModelSpeedReport[] Models, CudaReport? Cuda = null);
