namespace Dropwise.Inference.Blocks.Engines.Cuda;

/// <summary>Device memory of one piece of work, given back when that ends.</summary>
/// <param name="engine">The engine.</param>
public sealed unsafe class MemoryStack(BlockEngine engine) : IDisposable
{
    private readonly List<FloatMemory> _made = [];

    /// <summary>Makes room for values, which mean nothing yet.</summary>
    /// <param name="length">Values.</param>
    public FloatMemory Room(long length)
    {
        _made.Add(engine.Allocate(Math.Max(1, length)));
        return _made[^1];
    }

    /// <summary>Makes room for values and copies them.</summary>
    /// <param name="values">The values.</param>
    public FloatMemory Copy(ReadOnlySpan<float> values)
    {
        FloatMemory memory = Room(values.Length);
        engine.Write(values, memory.Pointer);
        return memory;
    }

    /// <summary>Copies values.</summary>
    /// <param name="values">The values.</param>
    /// <returns>Where they are.</returns>
    public nint Address(ReadOnlySpan<float> values) => (nint)Copy(values).Pointer;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FloatMemory memory in _made) memory.Dispose();
    }
}
