using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks.Engines;

/// <summary>Values between the parts of a pass: memory that the next window uses again.</summary>
/// <param name="engine">Where the values are.</param>
internal sealed unsafe class EngineBuffer(BlockEngine engine) : IDisposable
{
    private FloatMemory? _memory;

    /// <summary>The first value; valid until there is no longer enough room.</summary>
    public float* Pointer => _memory is null ? null : _memory.Pointer;

    /// <summary>Values in use.</summary>
    public long Length { get; private set; }

    /// <summary>The values in use; of an engine whose memory is the host's.</summary>
    /// <exception cref="InvalidOperationException">They are on a device.</exception>
    public Span<float> Values => engine is CpuEngine ? new(Pointer, checked((int)Length)) : throw new InvalidOperationException("the values are on a device: read them");

    /// <summary>The values in use as whole rows one after the other.</summary>
    /// <param name="rows">Rows.</param>
    public FloatView Rows(int rows) => new(Pointer, rows, (int)(Length / Math.Max(1, rows)));

    /// <summary>Makes room.</summary>
    /// <param name="length">Values.</param>
    /// <returns>The first value; what is there means nothing.</returns>
    public float* Resize(long length)
    {
        if (_memory is null || length > _memory.Length)
        {
            _memory?.Dispose();
            _memory = engine.Allocate(Math.Max(1, length));
        }

        Length = length;
        return Pointer;
    }

    /// <summary>Makes room for values and copies them.</summary>
    /// <param name="source">The values, the engine's.</param>
    /// <param name="length">How many.</param>
    /// <returns>The first value.</returns>
    public float* Copy(float* source, long length)
    {
        float* values = Resize(length);
        engine.Copy(new FloatView(source, 1, checked((int)length)), new FloatView(values, 1, (int)length));
        return values;
    }

    /// <summary>Makes room for zeros.</summary>
    /// <param name="length">Values.</param>
    /// <returns>The first one.</returns>
    public float* Clear(long length)
    {
        float* values = Resize(length);
        engine.Clear(values, length);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose() => _memory?.Dispose();
}
