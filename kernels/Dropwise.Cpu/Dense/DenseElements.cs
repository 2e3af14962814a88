using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>How stored elements of a dense matrix become float32.</summary>
internal unsafe interface IDenseElement
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Bytes { get; }

    /// <summary>One element.</summary>
    /// <param name="source">Its address, of any alignment.</param>
    static abstract float Load(byte* source);

    /// <summary>Eight consecutive elements.</summary>
    /// <param name="source">The address of the first, of any alignment.</param>
    static abstract Vector256<float> Load8(byte* source);

    /// <summary>Sixteen consecutive elements.</summary>
    /// <param name="source">The address of the first, of any alignment.</param>
    static abstract Vector512<float> Load16(byte* source);
}

/// <summary>IEEE single precision.</summary>
internal readonly unsafe struct Float32Element : IDenseElement
{
    public static int Bytes => sizeof(float);

    public static float Load(byte* source) => Unsafe.ReadUnaligned<float>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* source) => Vector256.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* source) => Vector512.Load((float*)source);
}

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Element : IDenseElement
{
    public static int Bytes => sizeof(ushort);

    public static float Load(byte* source) => BitConverter.UInt32BitsToSingle((uint)Unsafe.ReadUnaligned<ushort>(source) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* source) =>
        (Vector256.WidenLower(Vector128.Load((ushort*)source).ToVector256Unsafe()) << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* source) =>
        (Vector512.WidenLower(Vector256.Load((ushort*)source).ToVector512Unsafe()) << 16).AsSingle();
}

/// <summary>
/// IEEE half precision. .NET has no F16C intrinsics, so vectors move exponent and mantissa into place and correct the exponent's bias by a
/// multiplication with 2^112, which also makes subnormals right. Infinities become 65536, which no weight is.
/// </summary>
internal readonly unsafe struct Float16Element : IDenseElement
{
    private const float BiasCorrection = 5.192296858534828e33f; // 2^112

    // Sign, and the 15 bits of exponent and mantissa after a shift by 13.
    private const uint Payload = 0x8FFFE000;

    public static int Bytes => sizeof(ushort);

    public static float Load(byte* source) => (float)Unsafe.ReadUnaligned<Half>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* source)
    {
        Vector256<int> wide = Vector256.WidenLower(Vector128.Load((short*)source).ToVector256Unsafe());
        return ((wide << 13).AsUInt32() & Vector256.Create(Payload)).AsSingle() * Vector256.Create(BiasCorrection);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* source)
    {
        Vector512<int> wide = Vector512.WidenLower(Vector256.Load((short*)source).ToVector512Unsafe());
        return ((wide << 13).AsUInt32() & Vector512.Create(Payload)).AsSingle() * Vector512.Create(BiasCorrection);
    }
}
