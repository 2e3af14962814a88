using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>A device with what every model needs on it: a stream, and the kernels. For one thread at a time.</summary>
internal sealed class DeviceEngine : IDisposable
{
    private readonly ResourceStack _made = new();

    /// <summary>Starts to use a device.</summary>
    /// <param name="ordinal">The device.</param>
    /// <param name="config">The model's shape.</param>
    /// <param name="blas">Whether cuBLAS multiplies bfloat16 matrices.</param>
    /// <exception cref="CudaLibraryException">There is no such device, or no cuBLAS.</exception>
    public DeviceEngine(int ordinal, ModelConfig config, bool blas)
    {
        Context = _made.Add(CudaContext.Open(ordinal));
        try
        {
            Stream = _made.Add(new CudaStream(Context));
            Programs = _made.Add(new DevicePrograms(Context));
            Products = _made.Add(new DeviceProducts(Programs));
            Dense = _made.Add(new DenseKernels(Context, blas ? new CudaBlas(Context) : null));
            Model = _made.Add(new ModelKernels(Context, config));
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary>The stream of all work on the model.</summary>
    public CudaStream Stream { get; }

    /// <summary>The programs of formats.</summary>
    public DevicePrograms Programs { get; }

    /// <summary>Products with quantized matrices.</summary>
    public DeviceProducts Products { get; }

    /// <summary>Products with unquantized matrices.</summary>
    public DenseKernels Dense { get; }

    /// <summary>Everything between products.</summary>
    public ModelKernels Model { get; }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();
}
