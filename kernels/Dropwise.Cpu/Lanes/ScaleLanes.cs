using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>
/// Loads stored scales, one a lane, as float32. Generated kernels call these; addresses need no alignment.
/// </summary>
public static unsafe class ScaleLanes
{
    // A half's exponent is 112 below a float's bias; multiplying by 2^112 rebiases it and makes subnormals exact too. The runtime
    // exposes no F16C instruction, so the widening is done on integers: sign extension leaves copies of the sign in bits 28 to 30.
    private const int HalfBits = unchecked((int)0x8FFFE000);
    private const float HalfBias = 5.192296858534828e33f;

    /// <summary>Sixteen float16.</summary>
    /// <param name="source">Their address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Half512(ushort* source)
    {
        Vector512<int> wide = Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source));
        return ((wide << 13) & Vector512.Create(HalfBits)).AsSingle() * HalfBias;
    }

    /// <summary>Twice eight float16, the second ones in the upper half: codewords of two rows.</summary>
    /// <param name="lower">The address of the first eight.</param>
    /// <param name="upper">The address of the second eight.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> HalfPair512(ushort* lower, ushort* upper)
    {
        Vector512<int> wide = Avx512F.ConvertToVector512Int32(Vector256.Create(Vector128.Load((short*)lower), Vector128.Load((short*)upper)));
        return ((wide << 13) & Vector512.Create(HalfBits)).AsSingle() * HalfBias;
    }

    /// <summary>Eight float16.</summary>
    /// <param name="source">Their address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Half256(ushort* source)
    {
        Vector256<int> wide = Avx2.ConvertToVector256Int32(Vector128.Load((short*)source));
        return ((wide << 13) & Vector256.Create(HalfBits)).AsSingle() * HalfBias;
    }

    /// <summary>Sixteen bfloat16.</summary>
    /// <param name="source">Their address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> BFloat512(ushort* source) =>
        (Avx512F.ConvertToVector512Int32(Vector256.Load(source)) << 16).AsSingle();

    /// <summary>Eight bfloat16.</summary>
    /// <param name="source">Their address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> BFloat256(ushort* source) =>
        (Avx2.ConvertToVector256Int32(Vector128.Load(source)) << 16).AsSingle();

    /// <summary>One float16.</summary>
    /// <param name="source">Its address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Half(ushort* source) => (float)BitConverter.UInt16BitsToHalf(*source);

    /// <summary>One bfloat16.</summary>
    /// <param name="source">Its address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float BFloat(ushort* source) => BitConverter.UInt32BitsToSingle((uint)*source << 16);
}
