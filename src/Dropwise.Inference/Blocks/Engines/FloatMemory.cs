using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks.Engines;

/// <summary>Float32 values where an engine computes.</summary>
public abstract unsafe class FloatMemory : IDisposable
{
    /// <summary>Describes memory.</summary>
    /// <param name="length">Values.</param>
    protected FloatMemory(long length) => Length = length;

    /// <summary>Values.</summary>
    public long Length { get; }

    /// <summary>The first value's address, which only the engine may follow.</summary>
    /// <exception cref="ObjectDisposedException">The memory was freed.</exception>
    public abstract float* Pointer { get; }

    /// <summary>The values as whole rows one after the other.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public FloatView View(int rows, int columns) => new(Pointer, rows, columns);

    /// <inheritdoc/>
    public abstract void Dispose();
}
