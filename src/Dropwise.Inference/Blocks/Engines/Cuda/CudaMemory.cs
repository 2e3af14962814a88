using Dropwise.Cuda;

namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>Values in device memory, which go back to the pool that they came from.</summary>
/// <param name="pool">The pool.</param>
/// <param name="buffer">The memory.</param>
/// <param name="length">Values.</param>
internal sealed unsafe class CudaMemory(CudaMemoryPool pool, DeviceBuffer buffer, long length) : FloatMemory(length)
{
    private DeviceBuffer? _buffer = buffer;

    /// <inheritdoc/>
    public override float* Pointer => (float*)(_buffer ?? throw new ObjectDisposedException(nameof(CudaMemory))).Pointer;

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_buffer is not null) pool.Return(_buffer);
        _buffer = null;
    }
}
