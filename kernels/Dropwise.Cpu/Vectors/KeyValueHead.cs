namespace Dropwise.Cpu;

/// <summary>
/// The cached keys and values of one head: a ring of slots, of which position p has slot p modulo their number. Keys lie in blocks of
/// <see cref="AttentionKernel.KeyBlock"/> slots, [slots / 16, dimension, 16]: a lane is a slot, so that a score needs no sum across lanes;
/// values lie row by row, [slots, dimension].
/// </summary>
/// <param name="keys">The keys, [slots / 16, dimension, 16].</param>
/// <param name="values">The values, [slots, dimension].</param>
/// <param name="slots">Slots, a multiple of 16.</param>
/// <param name="dimension">Elements of a head.</param>
public readonly unsafe struct KeyValueHead(float* keys, float* values, int slots, int dimension)
{
    /// <summary>The keys.</summary>
    public readonly float* Keys = keys;

    /// <summary>The values.</summary>
    public readonly float* Values = values;

    /// <summary>Slots.</summary>
    public readonly int Slots = slots;

    /// <summary>Elements of a head.</summary>
    public readonly int Dimension = dimension;

    /// <summary>Stores one position's key and value.</summary>
    /// <param name="position">The position, from 0.</param>
    /// <param name="key">[dimension].</param>
    /// <param name="value">[dimension].</param>
    public void Store(int position, float* key, float* value)
    {
        int slot = position % Slots;
        float* lane = Keys + ((nint)(slot / AttentionKernel.KeyBlock) * Dimension * AttentionKernel.KeyBlock) + (slot % AttentionKernel.KeyBlock);
        for (int i = 0; i < Dimension; i++) lane[i * AttentionKernel.KeyBlock] = key[i];
        new ReadOnlySpan<float>(value, Dimension).CopyTo(new Span<float>(Values + ((nint)slot * Dimension), Dimension));
    }
}
