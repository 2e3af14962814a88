using Dropwise.Cuda;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>
/// Device memory that is used again and again: allocating and freeing it would wait for the device each time. What is returned may be handed out at once,
/// because everything that uses it runs in one stream.
/// </summary>
/// <param name="context">The context.</param>
internal sealed class CudaMemoryPool(CudaContext context) : IDisposable
{
    // Sizes are rounded up, so that windows of slightly different lengths share memory.
    private const long Granule = 1 << 16;

    private readonly SortedDictionary<long, Stack<DeviceBuffer>> _free = [];
    private bool _isDisposed;

    /// <summary>Hands out memory.</summary>
    /// <param name="bytes">Bytes at least.</param>
    /// <exception cref="CudaException">There is not enough memory, even without what waits to be used again.</exception>
    public DeviceBuffer Rent(long bytes)
    {
        long size = (Math.Max(1, bytes) + Granule - 1) / Granule * Granule;
        if (_free.TryGetValue(size, out Stack<DeviceBuffer>? buffers) && buffers.TryPop(out DeviceBuffer? buffer)) return buffer;
        try
        {
            return new DeviceBuffer(context, size);
        }
        catch (CudaException) when (_free.Count > 0)
        {
            Empty();
            return new DeviceBuffer(context, size);
        }
    }

    /// <summary>Takes memory back.</summary>
    /// <param name="buffer">What <see cref="Rent"/> handed out.</param>
    public void Return(DeviceBuffer buffer)
    {
        if (_isDisposed)
        {
            buffer.Dispose();
            return;
        }

        if (!_free.TryGetValue(buffer.ByteLength, out Stack<DeviceBuffer>? buffers)) _free.Add(buffer.ByteLength, buffers = new Stack<DeviceBuffer>());
        buffers.Push(buffer);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        Empty();
    }

    private void Empty()
    {
        foreach (DeviceBuffer buffer in _free.Values.SelectMany(static buffers => buffers)) buffer.Dispose();
        _free.Clear();
    }
}
