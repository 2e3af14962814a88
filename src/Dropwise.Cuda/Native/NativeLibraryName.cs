namespace Dropwise.Cuda;

/// <summary>The shared libraries of CUDA, by the names that bindings use; <see cref="NativeLibraries"/> turns them into files.</summary>
internal static class NativeLibraryName
{
    /// <summary>The driver API, which comes with the driver itself.</summary>
    public const string Driver = "cuda";

    /// <summary>The run-time compiler.</summary>
    public const string Nvrtc = "nvrtc";

    /// <summary>Dense matrix products.</summary>
    public const string Blas = "cublas";

    /// <summary>Collectives over several devices.</summary>
    public const string Nccl = "nccl";
}
