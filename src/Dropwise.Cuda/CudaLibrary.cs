namespace Dropwise.Cuda;

/// <summary>What of CUDA this machine has.</summary>
/// <param name="Devices">The devices; empty where there is no driver.</param>
/// <param name="Driver">The version of CUDA that the driver serves, or null.</param>
/// <param name="Nvrtc">The version of the run-time compiler, or null.</param>
/// <param name="Missing">Why kernels cannot run here, in one line; null where they can.</param>
public sealed record CudaLibrary(CudaDevice[] Devices, Version? Driver, Version? Nvrtc, string? Missing)
{
    /// <summary>Whether cuBLAS was found; where a wrong folder was named for it, <see cref="Warnings"/> say so.</summary>
    public static bool HasBlas => NativeLibraries.IsFound(NativeLibraryName.Blas);

    /// <summary>Whether NCCL was found; where a wrong folder was named for it, <see cref="Warnings"/> say so.</summary>
    public static bool HasNccl => NativeLibraries.IsFound(NativeLibraryName.Nccl);

    /// <summary>One line for each environment variable that names a folder for a library which the folder does not hold.</summary>
    public static IEnumerable<string> Warnings => NativeLibraries.WrongFolders;

    /// <summary>Looks; a machine without any CUDA is no error.</summary>
    public static CudaLibrary Detect()
    {
        CudaDevice[] devices = [];
        Version? driver = null;
        string? missing = null;
        try
        {
            driver = CudaDriver.Version;
            devices = [.. Enumerable.Range(0, CudaDevice.Count).Select(CudaDevice.Get)];
            if (devices.Length == 0) missing = "the CUDA driver finds no device on this machine";
        }
        catch (Exception e) when (e is CudaLibraryException or CudaException)
        {
            missing = e.Message;
        }

        Version? nvrtc = null;
        try
        {
            nvrtc = RuntimeCompiler.Instance.Version;
            if (devices.Length > 0) _ = RuntimeCompiler.Instance.ArchitectureFor(devices[0].Capability);
        }
        catch (Exception e) when (e is CudaLibraryException or CudaException)
        {
            missing ??= e.Message;
        }

        return new CudaLibrary(devices, driver, nvrtc, missing);
    }

    /// <summary>Requires what kernels need: driver, device and compiler.</summary>
    /// <param name="gpus">Devices that will be used together; with more than one, also what connects them.</param>
    /// <exception cref="CudaLibraryException">Something is missing; the message says what.</exception>
    public static void Require(int gpus = 1)
    {
        CudaLibrary library = Detect();
        if (library.Missing is { } missing) throw new CudaLibraryException(missing);
        if (gpus > library.Devices.Length) throw new CudaLibraryException($"{gpus} GPUs were asked for; this machine has {library.Devices.Length}");
        if (gpus > 1) NativeLibraries.Require(NativeLibraryName.Nccl);
    }
}
