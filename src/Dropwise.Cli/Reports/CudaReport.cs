using Dropwise.Cuda;

namespace Dropwise.Cli.Reports;

/// <summary>The CUDA device that <c>--device cuda</c> uses.</summary>
/// <param name="Device">Its name.</param>
/// <param name="Capability">Its compute capability, <c>9.0</c>.</param>
/// <param name="Devices">Devices of this machine.</param>
/// <param name="Multiprocessors">Its streaming multiprocessors.</param>
/// <param name="MemoryBytes">Its memory.</param>
/// <param name="L2Bytes">Its second-level cache.</param>
/// <param name="SharedBytes">Shared memory that a block may have.</param>
/// <param name="Driver">The version of CUDA that the driver serves.</param>
/// <param name="Nvrtc">The version of the run-time compiler; null where there is none.</param>
/// <param name="Blas">Whether cuBLAS was found.</param>
/// <param name="Nccl">Whether NCCL was found.</param>
/// <param name="Missing">Why kernels cannot run on the device, or null where they can.</param>
internal sealed record CudaReport(
    string Device,
    string Capability,
    int Devices,
    int Multiprocessors,
    long MemoryBytes,
    long L2Bytes,
    int SharedBytes,
    string Driver,
    string? Nvrtc,
    bool Blas,
    bool Nccl,
    string? Missing)
{
    /// <summary>Describes what was found.</summary>
    /// <param name="library">What this machine has.</param>
    /// <returns>Null where there is no device.</returns>
    public static CudaReport? Of(CudaLibrary library)
    {
        if (library.Devices is not [CudaDevice device, ..]) return null;
        return new CudaReport(
            device.Name, $"{device.Capability}", library.Devices.Length, device.Multiprocessors, device.MemoryBytes, device.L2Bytes,
            device.SharedBytesPerBlock, $"{library.Driver}", library.Nvrtc?.ToString(), CudaLibrary.HasBlas, CudaLibrary.HasNccl, library.Missing);
    }
}
