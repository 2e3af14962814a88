using System.Runtime.InteropServices;

namespace Dropwise.ModelFiles;

/// <summary>Conversions between float32 and the element types that formats and weights are stored in.</summary>
internal static class TensorElements
{
    /// <summary>Widens elements.</summary>
    /// <param name="type">F32, F16, BF16, I8 or U8.</param>
    /// <param name="bytes">As many elements as <paramref name="destination"/> has, little-endian, at any address.</param>
    /// <param name="destination">Receives the elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The type is another.</exception>
    public static void Widen(TensorType type, ReadOnlySpan<byte> bytes, Span<float> destination)
    {
        switch (type)
        {
            case TensorType.Float32:
                bytes.CopyTo(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.Float16:
                ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes);
                for (int i = 0; i < destination.Length; i++) destination[i] = (float)halves[i];
                break;
            case TensorType.BFloat16:
                ReadOnlySpan<ushort> upper = MemoryMarshal.Cast<byte, ushort>(bytes);
                for (int i = 0; i < destination.Length; i++) destination[i] = BitConverter.UInt32BitsToSingle((uint)upper[i] << 16);
                break;
            case TensorType.Int8:
                for (int i = 0; i < destination.Length; i++) destination[i] = (sbyte)bytes[i];
                break;
            case TensorType.UInt8:
                for (int i = 0; i < destination.Length; i++) destination[i] = bytes[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not a type of weights or codewords");
        }
    }

    /// <summary>Narrows values that the type holds exactly.</summary>
    /// <param name="type">F32, F16, BF16, I8 or U8.</param>
    /// <param name="values">The values.</param>
    /// <returns>The elements, little-endian.</returns>
    /// <exception cref="ArgumentException">The type does not hold a value exactly.</exception>
    public static byte[] NarrowExactly(TensorType type, ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * TensorTypes.BytesOf(type)];
        switch (type)
        {
            case TensorType.Float32:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
            case TensorType.Float16:
                Span<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan());
                for (int i = 0; i < values.Length; i++) halves[i] = (Half)values[i];
                break;
            case TensorType.BFloat16:
                Span<ushort> upper = MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan());
                for (int i = 0; i < values.Length; i++) upper[i] = (ushort)(BitConverter.SingleToUInt32Bits(values[i]) >> 16);
                break;
            case TensorType.Int8:
                for (int i = 0; i < values.Length; i++) bytes[i] = (byte)(sbyte)values[i];
                break;
            case TensorType.UInt8:
                for (int i = 0; i < values.Length; i++) bytes[i] = (byte)values[i];
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "not a type of weights or codewords");
        }

        RequireExact(type, bytes, values);
        return bytes;
    }

    private static void RequireExact(TensorType type, byte[] bytes, ReadOnlySpan<float> values)
    {
        float[] kept = new float[values.Length];
        Widen(type, bytes, kept);
        for (int i = 0; i < kept.Length; i++)
        {
            if (kept[i] != values[i])
                throw new ArgumentException($"value {i} is {values[i]:G9}, which {TensorTypes.NameOf(type)} does not hold exactly", nameof(values));
        }
    }
}
