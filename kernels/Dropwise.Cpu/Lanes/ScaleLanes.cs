using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>
/// Loads stored scales, one a lane, as float32. Generated kernels call these; addresses need no alignment.
/// </summary>
public static unsafe class ScaleLanes
{
    // The runtime exposes no F16C instruction, so the widening is done on integers: a half's exponent is 112 below a float's bias. A subnormal
    // half gets the smallest normal exponent, whose implied one is then subtracted. (Multiplying by 2^112 would rebias both in one step, but a subnormal
    // float takes a processor a hundred clocks, and steps of K-quants are often subnormal halves.)
    private const int HalfMagnitude = 0x0FFFE000;
    private const int HalfBias = 112 << 23;
    private const int SmallestExponent = 1 << 23;
    private const float SmallestHalf = 6.103515625e-05f;

    // 2^−127, which is subnormal.
    private const uint SmallestPower = 0x0040_0000;

    /// <summary>Sixteen float16.</summary>
    /// <param name="source">Their address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Half512(ushort* source) => Half512(Avx512F.ConvertToVector512Int32(Vector256.Load((short*)source)));

    /// <summary>Sixteen float16.</summary>
    /// <param name="wide">Their bits, with the sign extended.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Half512(Vector512<int> wide)
    {
        Vector512<int> magnitude = (wide << 13) & Vector512.Create(HalfMagnitude);
        Vector512<int> subnormal = Vector512.LessThan(magnitude, Vector512.Create(SmallestExponent));
        Vector512<int> biased = magnitude + Vector512.Create(HalfBias) + (subnormal & Vector512.Create(SmallestExponent));
        Vector512<float> value = biased.AsSingle() - (subnormal & Vector512.Create(SmallestHalf).AsInt32()).AsSingle();
        return (value.AsInt32() | (wide & Vector512.Create(int.MinValue))).AsSingle();
    }

    /// <summary>Twice eight float16, the second ones in the upper half: codewords of two rows.</summary>
    /// <param name="lower">The address of the first eight.</param>
    /// <param name="upper">The address of the second eight.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> HalfPair512(ushort* lower, ushort* upper) =>
        Half512(Avx512F.ConvertToVector512Int32(Vector256.Create(Vector128.Load((short*)lower), Vector128.Load((short*)upper))));

    /// <summary>Eight float16.</summary>
    /// <param name="source">Their address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Half256(ushort* source) => Half256(Avx2.ConvertToVector256Int32(Vector128.Load((short*)source)));

    /// <summary>Eight float16.</summary>
    /// <param name="wide">Their bits, with the sign extended.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Half256(Vector256<int> wide)
    {
        Vector256<int> magnitude = (wide << 13) & Vector256.Create(HalfMagnitude);
        Vector256<int> subnormal = Vector256.LessThan(magnitude, Vector256.Create(SmallestExponent));
        Vector256<int> biased = magnitude + Vector256.Create(HalfBias) + (subnormal & Vector256.Create(SmallestExponent));
        Vector256<float> value = biased.AsSingle() - (subnormal & Vector256.Create(SmallestHalf).AsInt32()).AsSingle();
        return (value.AsInt32() | (wide & Vector256.Create(int.MinValue))).AsSingle();
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
    public static float Half(ushort* source)
    {
        int wide = (short)*source;
        int magnitude = (wide << 13) & HalfMagnitude;
        float value = magnitude < SmallestExponent
            ? BitConverter.Int32BitsToSingle(magnitude + HalfBias + SmallestExponent) - SmallestHalf
            : BitConverter.Int32BitsToSingle(magnitude + HalfBias);
        return BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(value) | (wide & int.MinValue));
    }

    /// <summary>Sixteen exponents: 2^(e − 127).</summary>
    /// <param name="wide">The exponents e.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exponent512(Vector512<int> wide) =>
        ((wide << 23) | (Vector512.Equals(wide, Vector512<int>.Zero) & Vector512.Create((int)SmallestPower))).AsSingle();

    /// <summary>Eight exponents: 2^(e − 127).</summary>
    /// <param name="wide">The exponents e.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exponent256(Vector256<int> wide) =>
        ((wide << 23) | (Vector256.Equals(wide, Vector256<int>.Zero) & Vector256.Create((int)SmallestPower))).AsSingle();

    /// <summary>One exponent: 2^(e − 127).</summary>
    /// <param name="source">Its address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Exponent(byte* source) =>
        BitConverter.UInt32BitsToSingle(*source == 0 ? SmallestPower : (uint)*source << 23);

    /// <summary>One ternary digit of a byte b that stands for the fraction b / 256 in base 3.</summary>
    /// <param name="value">The byte.</param>
    /// <param name="digit">0 for the first digit, to 4.</param>
    public static int TernaryDigit(byte value, int digit)
    {
        ReadOnlySpan<byte> powers = [1, 3, 9, 27, 81];
        return (byte)(value * powers[digit]) * 3 >> 8;
    }

    /// <summary>One bfloat16.</summary>
    /// <param name="source">Its address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float BFloat(ushort* source) => BitConverter.UInt32BitsToSingle((uint)*source << 16);
}
