using Dropwise.Cpu;

namespace Dropwise.Cuda;

/// <summary>A device with all that single products need on it, for checks and measurements that have no model around them.</summary>
public sealed class DeviceWorkbench : IDisposable
{
    private readonly ResourceStack _made = new();

    /// <summary>Starts to use a device.</summary>
    /// <param name="context">The device, which the caller goes on owning.</param>
    public DeviceWorkbench(CudaContext context)
    {
        Context = context;
        try
        {
            Stream = _made.Add(new CudaStream(context));
            Programs = _made.Add(new DevicePrograms(context));
            Blas = CudaBlas.IsPresent ? _made.Add(new CudaBlas(context)) : null;
            Products = _made.Add(new DeviceProducts(Programs, Blas));
            Loader = _made.Add(new DeviceMatrixLoader(Programs, Stream));
            Form = new PlainForm(Programs);
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary>The stream of all work.</summary>
    public CudaStream Stream { get; }

    /// <summary>The programs.</summary>
    public DevicePrograms Programs { get; }

    /// <summary>The products.</summary>
    public DeviceProducts Products { get; }

    /// <summary>cuBLAS, or null where it is not installed.</summary>
    public CudaBlas? Blas { get; }

    /// <summary>What brings matrices to the device.</summary>
    public DeviceMatrixLoader Loader { get; }

    /// <summary>The kernel that makes forms.</summary>
    public PlainForm Form { get; }

    /// <summary>Whether a kernel runs on the device.</summary>
    /// <param name="kernel">The kernel.</param>
    public bool Runs(CudaKernelEntry kernel) => kernel.Architecture <= Products.Architecture;

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();
}
