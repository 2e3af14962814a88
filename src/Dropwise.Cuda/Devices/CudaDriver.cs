namespace Dropwise.Cuda;

/// <summary>The driver as a whole: initialized once, at the first use of anything.</summary>
internal static class CudaDriver
{
    // cuLaunchKernelEx, which carries the attribute of programmatic launches, came with the driver of CUDA 11.8.
    private const int MinimumVersion = 11080;

    private static readonly Lazy<Version> Initialized = new(Initialize);

    /// <summary>The version of CUDA that the driver serves; initializes the driver.</summary>
    /// <exception cref="CudaLibraryException">There is no driver, or it is too old.</exception>
    /// <exception cref="CudaException">The driver cannot be initialized.</exception>
    public static Version Version => Initialized.Value;

    private static unsafe Version Initialize()
    {
        NativeLibraries.Require(NativeLibraryName.Driver);
        DriverResult result = DriverApi.cuInit(0);
        if (result == DriverResult.NoDevice) throw new CudaLibraryException("the CUDA driver finds no device on this machine");
        CudaException.Check(result, call: nameof(DriverApi.cuInit));
        int version;
        CudaException.Check(DriverApi.cuDriverGetVersion(&version));
        if (version < MinimumVersion)
            throw new CudaLibraryException($"the CUDA driver serves CUDA {version / 1000}.{version % 1000 / 10}; install one for 11.8 or newer");
        return new Version(version / 1000, version % 1000 / 10);
    }
}
