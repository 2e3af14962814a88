using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>How stored elements of a dense matrix become float32.</summary>
internal unsafe interface IDenseElement
{
    /// <summary>Bytes of an element.</summary>
    static abstract int Bytes { get; }

    /// <summary>The element type's name.</summary>
    static abstract ScalarType Type { get; }

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

    public static ScalarType Type => ScalarType.Float32;

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

    public static ScalarType Type => ScalarType.BFloat16;

    public static float Load(byte* source) => ScaleLanes.BFloat((ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* source) => ScaleLanes.BFloat256((ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* source) => ScaleLanes.BFloat512((ushort*)source);
}

/// <summary>IEEE half precision. Infinities become 65536 in vectors, which no weight is.</summary>
internal readonly unsafe struct Float16Element : IDenseElement
{
    public static int Bytes => sizeof(ushort);

    public static ScalarType Type => ScalarType.Float16;

    public static float Load(byte* source) => ScaleLanes.Half((ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* source) => ScaleLanes.Half256((ushort*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* source) => ScaleLanes.Half512((ushort*)source);
}
