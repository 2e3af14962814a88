using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>
/// Keys and values of one layer, float32: of all positions of a context, or, in a layer that attends to a window, a ring of as many as a batch
/// and the window before it need. Layouts are those of <see cref="KeyValueHead"/>: keys [heads, slots / 16, dimension, 16], values [heads, slots,
/// dimension].
/// </summary>
internal sealed unsafe class KeyValueCache : IDisposable
{
    private readonly NativeBuffer _keys;
    private readonly NativeBuffer _values;
    private readonly int _dimension;
    private readonly int _window;
    private readonly bool _isRing;
    private int _stored;

    /// <summary>Allocates a cache.</summary>
    /// <param name="heads">Key-value heads.</param>
    /// <param name="dimension">Elements of a head.</param>
    /// <param name="positions">Positions of the context.</param>
    /// <param name="window">Positions that a token attends to, its own included; null for all.</param>
    /// <param name="batch">The most tokens that are stored before the first of them attends.</param>
    public KeyValueCache(int heads, int dimension, int positions, int? window, int batch)
    {
        _dimension = dimension;
        _window = window ?? positions;
        long needed = (long)_window + batch;
        _isRing = needed < positions;
        Slots = ((int)Math.Min(needed, positions) + AttentionKernel.KeyBlock - 1) / AttentionKernel.KeyBlock * AttentionKernel.KeyBlock;
        long bytes = (long)heads * Slots * dimension * sizeof(float);
        _keys = new NativeBuffer(bytes);
        _values = new NativeBuffer(bytes);
    }

    /// <summary>Positions that are held at once, whole blocks of keys.</summary>
    public int Slots { get; }

    /// <summary>The keys and values of a head.</summary>
    /// <param name="head">The key-value head.</param>
    public KeyValueHead Head(int head)
    {
        nint offset = (nint)head * Slots * _dimension;
        return new KeyValueHead((float*)_keys.Pointer + offset, (float*)_values.Pointer + offset, Slots, _dimension);
    }

    /// <summary>Says that the positions up to one were stored, those before them included.</summary>
    /// <param name="end">The position after the last.</param>
    public void Stored(int end) => _stored = Math.Max(_stored, end);

    /// <summary>Whether a sequence can go on from an earlier position: a ring may have overwritten what the next token attends to.</summary>
    /// <param name="position">The position of the next token.</param>
    public bool Remembers(int position) => !_isRing || position == 0 || Math.Max(0, position - _window + 1) >= _stored - Slots;

    /// <summary>Says that the sequence starts anew.</summary>
    public void Forget() => _stored = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _values.Dispose();
    }
}
