namespace Dropwise.Cuda;

/// <summary>Device memory; its content is undefined until it is written. Freeing it waits for the work that may use it.</summary>
public sealed unsafe class DeviceBuffer : IDisposable
{
    private readonly ResourceHandle _handle;

    /// <summary>Allocates, aligned to 256 bytes.</summary>
    /// <param name="context">The context.</param>
    /// <param name="byteLength">Bytes, at least 1.</param>
    /// <exception cref="CudaException">There is not enough memory; the message names the size.</exception>
    public DeviceBuffer(CudaContext context, long byteLength)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(byteLength, 1);
        Context = context;
        ByteLength = byteLength;
        context.Handle.MakeCurrent();
        nint pointer;
        CudaException.Check(DriverApi.cuMemAlloc(&pointer, (nuint)byteLength), $"{byteLength} bytes of device memory");
        context.Count(byteLength);
        _handle = new ResourceHandle(context.Handle, pointer, freed =>
        {
            context.Count(-byteLength);
            return DriverApi.cuMemFree(freed);
        });
    }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary>Bytes.</summary>
    public long ByteLength { get; }

    /// <summary>The device address of the first byte.</summary>
    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public nint Pointer => _handle.Value;

    /// <summary>Allocates memory and fills it with values.</summary>
    /// <param name="stream">The stream that copies; the copy is done when the call returns.</param>
    /// <param name="values">The values, at least one.</param>
    /// <typeparam name="T">The element type.</typeparam>
    public static DeviceBuffer Of<T>(CudaStream stream, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        var buffer = new DeviceBuffer(stream.Context, (long)values.Length * sizeof(T));
        try
        {
            buffer.Write(stream, values);
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Copies values to the start of the memory and waits for it.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="values">The values.</param>
    /// <typeparam name="T">The element type.</typeparam>
    /// <exception cref="ArgumentException">The memory is too small.</exception>
    public void Write<T>(CudaStream stream, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        RequireRoom((long)values.Length * sizeof(T));
        fixed (T* source = values) stream.CopyToDevice(Pointer, source, (long)values.Length * sizeof(T));
        stream.Synchronize();
    }

    /// <summary>Copies values from the start of the memory and waits for them.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="values">Receives the values.</param>
    /// <typeparam name="T">The element type.</typeparam>
    /// <exception cref="ArgumentException">The memory is too small.</exception>
    public void Read<T>(CudaStream stream, Span<T> values)
        where T : unmanaged
    {
        RequireRoom((long)values.Length * sizeof(T));
        fixed (T* destination = values)
        {
            stream.CopyToHost(destination, Pointer, (long)values.Length * sizeof(T));
            stream.Synchronize();
        }
    }

    /// <summary>Puts a fill of the whole memory with zeros into a stream.</summary>
    /// <param name="stream">The stream.</param>
    public void Clear(CudaStream stream) => stream.Fill(Pointer, 0, ByteLength);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private void RequireRoom(long bytes)
    {
        if (bytes > ByteLength) throw new ArgumentException($"{bytes} bytes for device memory of {ByteLength}");
    }
}
