namespace Dropwise.Cuda;

/// <summary>
/// A device in use. Memory, streams, modules and graphs are made in a context and keep it alive: they may be disposed of before or
/// after it. All members may be called from any thread.
/// </summary>
public sealed unsafe class CudaContext : IDisposable
{
    private long _allocatedBytes;
    private long _peakBytes;

    /// <summary>Starts to use a device.</summary>
    /// <param name="device">The device.</param>
    /// <exception cref="CudaException">The device cannot be used: it may be in exclusive use of another process.</exception>
    public CudaContext(CudaDevice device)
    {
        Device = device;
        Handle = new ContextHandle(device.Handle);
    }

    /// <summary>The device.</summary>
    public CudaDevice Device { get; }

    /// <summary>Bytes of device memory that the buffers of this context hold.</summary>
    public long AllocatedBytes => Interlocked.Read(ref _allocatedBytes);

    /// <summary>The most that <see cref="AllocatedBytes"/> has been.</summary>
    public long PeakAllocatedBytes => Interlocked.Read(ref _peakBytes);

    /// <summary>Bytes of device memory that nobody uses.</summary>
    public long FreeBytes
    {
        get
        {
            Handle.MakeCurrent();
            nuint free, total;
            CudaException.Check(DriverApi.cuMemGetInfo(&free, &total));
            return (long)free;
        }
    }

    /// <summary>The retained primary context.</summary>
    internal ContextHandle Handle { get; }

    /// <summary>Starts to use a device by its number.</summary>
    /// <param name="ordinal">From 0.</param>
    /// <exception cref="CudaLibraryException">There is no driver, or no such device.</exception>
    public static CudaContext Open(int ordinal = 0) => new(CudaDevice.Get(ordinal));

    /// <summary>Waits until all work of the context is done.</summary>
    /// <exception cref="CudaException">Some of the work failed.</exception>
    public void Synchronize()
    {
        Handle.MakeCurrent();
        CudaException.Check(DriverApi.cuCtxSynchronize());
    }

    /// <inheritdoc/>
    public void Dispose() => Handle.Dispose();

    /// <summary>Counts memory that a buffer takes or returns.</summary>
    /// <param name="bytes">Bytes, negative when memory is returned.</param>
    internal void Count(long bytes)
    {
        long now = Interlocked.Add(ref _allocatedBytes, bytes);
        long peak = Interlocked.Read(ref _peakBytes);
        while (now > peak) peak = Interlocked.CompareExchange(ref _peakBytes, now, peak) is long seen && seen == peak ? now : seen;
    }
}
