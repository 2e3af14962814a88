using System.Runtime.InteropServices;

namespace Dropwise.ModelFiles;

/// <summary>The orders of inputs of a model's matrices: one instance for all that agree, so that the activations of q, k and v are ordered once.</summary>
internal sealed class SpqrOrders
{
    private readonly List<InputTransform> _known = [];

    /// <summary>The order that a tensor holds.</summary>
    /// <param name="tensor"><c>in_perm</c>, I32 [K / 2]: pairs of 16-bit inputs, the even one in the lower bits.</param>
    /// <param name="columns">Inputs K.</param>
    /// <returns>Null where inputs are in order.</returns>
    /// <exception cref="ModelFileException">The tensor is no order of the inputs.</exception>
    public InputTransform? Of(TensorView tensor, int columns)
    {
        if (tensor.Elements != columns / 2) throw PublishedTensors.Broken(tensor, $"has {tensor.Elements} pairs for {columns} inputs");
        ReadOnlySpan<ushort> stored = MemoryMarshal.Cast<byte, ushort>(tensor.Bytes(0, checked((int)tensor.ByteLength)));
        int[] order = new int[columns];
        bool isInOrder = true;
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = stored[i];
            isInOrder &= order[i] == i;
        }

        if (isInOrder) return null;
        InputTransform? known = _known.Find(transform => transform.Order.AsSpan().SequenceEqual(order));
        if (known is not null) return known;
        try
        {
            _known.Add(new InputTransform(order));
            return _known[^1];
        }
        catch (ArgumentException e)
        {
            throw PublishedTensors.Broken(tensor, $"is no order of the inputs: {e.Message}");
        }
    }
}
