using Dropwise.Cuda;

namespace Dropwise.Cli.Benchmarks;

/// <summary>A device with all that measurements need on it.</summary>
internal sealed class DeviceUnderBench : IDisposable
{
    /// <summary>Starts to use a device.</summary>
    /// <param name="context">The device, which the caller goes on owning.</param>
    public DeviceUnderBench(CudaContext context)
    {
        Context = context;
        Stream = new CudaStream(context);
        Programs = new DevicePrograms(context);
        Blas = CudaBlas.IsPresent ? new CudaBlas(context) : null;
        Products = new DeviceProducts(Programs, Blas);
        Loader = new DeviceMatrixLoader(Programs, Stream);
        Form = new PlainForm(Programs);
    }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary>The stream of all work.</summary>
    public CudaStream Stream { get; }

    /// <summary>The programs.</summary>
    public DevicePrograms Programs { get; }

    /// <summary>The products.</summary>
    public DeviceProducts Products { get; }

    /// <summary>What brings matrices to the device.</summary>
    public DeviceMatrixLoader Loader { get; }

    /// <summary>The kernel that makes forms.</summary>
    public PlainForm Form { get; }

    /// <summary>cuBLAS, or null where it is not installed.</summary>
    public CudaBlas? Blas { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Products.Dispose();
        Blas?.Dispose();
        Loader.Dispose();
        Programs.Dispose();
        Stream.Dispose();
    }
}
