namespace Dropwise.Cuda;

/// <summary>Host memory that the device reads and writes directly; copies from and to it run beside the calling thread.</summary>
public sealed unsafe class PinnedBuffer : IDisposable
{
    private readonly ResourceHandle _handle;

    /// <summary>Allocates.</summary>
    /// <param name="context">The context.</param>
    /// <param name="byteLength">Bytes, at least 1.</param>
    /// <exception cref="CudaException">There is not enough memory that may be pinned.</exception>
    public PinnedBuffer(CudaContext context, long byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(byteLength, 1);
        ByteLength = byteLength;
        context.Handle.MakeCurrent();
        nint pointer;
        CudaException.Check(DriverApi.cuMemHostAlloc(&pointer, (nuint)byteLength, 0), $"{byteLength} bytes of pinned memory");
        _handle = new ResourceHandle(context.Handle, pointer, DriverApi.cuMemFreeHost);
    }

    /// <summary>Bytes.</summary>
    public long ByteLength { get; }

    /// <summary>The first byte, aligned to a page.</summary>
    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public byte* Pointer => (byte*)_handle.Value;

    /// <summary>The memory as values.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    public Span<T> As<T>()
        where T : unmanaged => new(Pointer, checked((int)(ByteLength / sizeof(T))));

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
