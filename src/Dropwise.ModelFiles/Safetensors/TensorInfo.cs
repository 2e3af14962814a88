using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>What a safetensors header says about one tensor.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions, row-major; empty for a scalar.</param>
/// <param name="Offset">The first byte, from the start of the file.</param>
/// <param name="ByteLength">Bytes of the data.</param>
public sealed record TensorInfo(string Name, TensorType Type, ImmutableArray<long> Shape, long Offset, long ByteLength)
{
    private const int SpelledDimensions = 8;

    /// <summary>The byte after the last, from the start of the file.</summary>
    public long End => Offset + ByteLength;

    /// <summary>The number of elements.</summary>
    public long Elements => ByteLength / TensorTypes.BytesOf(Type);

    /// <summary>A shape as messages spell it, such as <c>[4096, 256]</c>.</summary>
    /// <param name="shape">The dimensions; a hostile header may have millions, of which a message shows the first few.</param>
    public static string Spell(ReadOnlySpan<long> shape) => shape.Length <= SpelledDimensions
        ? $"[{string.Join(", ", shape.ToArray())}]"
        : $"[{string.Join(", ", shape[..SpelledDimensions].ToArray())}, … {shape.Length} dimensions]";

    /// <summary>Bytes of a tensor, or −1 where they do not fit 63 bits or a dimension is negative.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="shape">The dimensions.</param>
    internal static long BytesOf(TensorType type, ReadOnlySpan<long> shape)
    {
        UInt128 limit = (UInt128)long.MaxValue;
        UInt128 bytes = (UInt128)TensorTypes.BytesOf(type);
        bool empty = false;
        foreach (long dimension in shape)
        {
            if (dimension < 0) return -1;
            empty |= dimension == 0;
            if (bytes <= limit && dimension > 0) bytes *= (UInt128)dimension;
        }

        // A zero anywhere makes the tensor empty, even beside dimensions whose own product is too large.
        if (empty) return 0;
        return bytes <= limit ? (long)bytes : -1;
    }
}
