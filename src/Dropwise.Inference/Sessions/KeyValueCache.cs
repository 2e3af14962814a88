using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>
/// Keys and values of all positions of one layer, float32, in the layouts of <see cref="AttentionKernel"/>: keys [heads, positions / 16,
/// dimension, 16], values [heads, positions, dimension].
/// </summary>
internal sealed unsafe class KeyValueCache : IDisposable
{
    private readonly NativeBuffer _keys;
    private readonly NativeBuffer _values;
    private readonly nint _headElements;

    /// <summary>Allocates a cache.</summary>
    /// <param name="heads">Key-value heads.</param>
    /// <param name="dimension">Elements of a head.</param>
    /// <param name="positions">Positions that fit.</param>
    public KeyValueCache(int heads, int dimension, int positions)
    {
        Dimension = dimension;
        Positions = (positions + AttentionKernel.KeyBlock - 1) / AttentionKernel.KeyBlock * AttentionKernel.KeyBlock;
        _headElements = (nint)Positions * dimension;
        _keys = new NativeBuffer(heads * (long)_headElements * sizeof(float));
        _values = new NativeBuffer(heads * (long)_headElements * sizeof(float));
    }

    /// <summary>Elements of a head.</summary>
    public int Dimension { get; }

    /// <summary>Positions that fit, rounded up to whole blocks of keys.</summary>
    public int Positions { get; }

    /// <summary>The keys of a head.</summary>
    /// <param name="head">The key-value head.</param>
    public float* Keys(int head) => (float*)_keys.Pointer + (head * _headElements);

    /// <summary>The values of a head.</summary>
    /// <param name="head">The key-value head.</param>
    public float* Values(int head) => (float*)_values.Pointer + (head * _headElements);

    /// <summary>Stores one head's key and value of one position.</summary>
    /// <param name="head">The key-value head.</param>
    /// <param name="position">From 0.</param>
    /// <param name="key">[dimension].</param>
    /// <param name="value">[dimension].</param>
    public void Store(int head, int position, float* key, float* value)
    {
        AttentionKernel.StoreKey(key, Keys(head), position, Dimension);
        new ReadOnlySpan<float>(value, Dimension).CopyTo(new Span<float>(Values(head) + ((nint)position * Dimension), Dimension));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
