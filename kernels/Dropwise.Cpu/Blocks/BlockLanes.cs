using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>Vector operations on unpacked blocks that generated kernels call.</summary>
public static unsafe class BlockLanes
{
    /// <summary>Products of 32 signed bytes with 32 activations, summed in pairs; lanes 0 to 7 are of the first 16 inputs. Needs AVX-512 BW.</summary>
    /// <param name="weights">The bytes.</param>
    /// <param name="x">The activations, [32] int16.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Dot512(Vector256<sbyte> weights, short* x) =>
        Avx512BW.MultiplyAddAdjacent(Avx512BW.ConvertToVector512Int16(weights), Vector512.Load(x));

    /// <summary>Products of 32 signed bytes with 32 activations, four to a lane. Needs AVX2.</summary>
    /// <param name="weights">The bytes.</param>
    /// <param name="x">The activations, [32] int16.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Dot256(Vector256<sbyte> weights, short* x) => HalfDot(weights.GetLower(), x) + HalfDot(weights.GetUpper(), x + 16);

    /// <summary>Products of 16 signed bytes with 16 activations, summed in pairs. Needs AVX2.</summary>
    /// <param name="weights">The bytes.</param>
    /// <param name="x">The activations, [16] int16.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> HalfDot(Vector128<sbyte> weights, short* x) =>
        Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(weights), Vector256.Load(x));

    /// <summary>The sum of all lanes: halves are added, which costs a third of adding in order.</summary>
    /// <param name="values">The lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Total512(Vector512<float> values) => Total256(values.GetLower() + values.GetUpper());

    /// <summary>The sum of all lanes: halves are added, which costs a third of adding in order.</summary>
    /// <param name="values">The lanes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Total256(Vector256<float> values)
    {
        Vector128<float> four = values.GetLower() + values.GetUpper();
        Vector128<float> two = four + Sse.MoveHighToLow(four, four);
        return (two + Sse.Shuffle(two, two, 1)).ToScalar();
    }

    /// <summary>The sums of all lanes of four registers.</summary>
    /// <param name="a">The first register.</param>
    /// <param name="b">The second register.</param>
    /// <param name="c">The third register.</param>
    /// <param name="d">The fourth register.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Totals512(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d) => Totals256(
        a.GetLower() + a.GetUpper(), b.GetLower() + b.GetUpper(), c.GetLower() + c.GetUpper(), d.GetLower() + d.GetUpper());

    /// <summary>The sums of all lanes of four registers.</summary>
    /// <param name="a">The first register.</param>
    /// <param name="b">The second register.</param>
    /// <param name="c">The third register.</param>
    /// <param name="d">The fourth register.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Totals256(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        Vector256<float> halves = Avx.HorizontalAdd(Avx.HorizontalAdd(a, b), Avx.HorizontalAdd(c, d));
        return halves.GetLower() + halves.GetUpper();
    }

    /// <summary>Copies four bytes of each block.</summary>
    /// <param name="source">The first of the first block, of any alignment.</param>
    /// <param name="stride">Bytes of a block.</param>
    /// <param name="destination">Receives them.</param>
    /// <param name="count">Blocks.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Collect(byte* source, int stride, int* destination, int count)
    {
        // Four at a time, because the loop costs more than the copy.
        for (; count >= 4; count -= 4)
        {
            destination[0] = Unsafe.ReadUnaligned<int>(source);
            destination[1] = Unsafe.ReadUnaligned<int>(source + stride);
            destination[2] = Unsafe.ReadUnaligned<int>(source + (2 * stride));
            destination[3] = Unsafe.ReadUnaligned<int>(source + (3 * stride));
            destination += 4;
            source += 4 * stride;
        }

        for (; count > 0; count--, source += stride) *destination++ = Unsafe.ReadUnaligned<int>(source);
    }

    /// <summary>Numbers of the first lanes, zero in the others.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="count">Lanes to keep; more than there are keep all.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> First512(Vector512<float> values, int count) =>
        (values.AsInt32() & Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count))).AsSingle();

    /// <summary>Numbers of the first lanes, zero in the others.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="count">Lanes to keep; more than there are keep all.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> First256(Vector256<float> values, int count) =>
        (values.AsInt32() & Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count))).AsSingle();

    /// <summary>Each of eight numbers twice, in order.</summary>
    /// <param name="source">Their address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Twice512(float* source) => Avx512F.PermuteVar16x32(
        Vector256.Load(source).ToVector512Unsafe(), Vector512.Create(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7));

    /// <summary>Each of four numbers twice, in order.</summary>
    /// <param name="source">Their address.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Twice256(float* source) =>
        Avx2.PermuteVar8x32(Vector128.Load(source).ToVector256Unsafe(), Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));

    /// <summary>All ones in the bytes that have the bits of another, otherwise zero.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="bits">The bits to look for.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> HasBits(Vector256<byte> bytes, Vector256<byte> bits) => Vector256.Equals(bytes & bits, bits);

    /// <summary>One ternary digit of each byte: ((b · 3^i mod 256) · 3) div 256. Needs AVX2.</summary>
    /// <param name="bytes">The bytes b.</param>
    /// <param name="low">3^i for bytes 0 to 15.</param>
    /// <param name="high">3^i for bytes 16 to 31.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> TernaryDigits(Vector256<byte> bytes, Vector256<short> low, Vector256<short> high) =>
        Vector256.Create(Digits(bytes.GetLower(), low), Digits(bytes.GetUpper(), high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Digits(Vector128<byte> bytes, Vector256<short> powers)
    {
        Vector256<short> fraction = (Avx2.ConvertToVector256Int16(bytes) * powers) & Vector256.Create((short)0xFF);
        Vector256<short> digits = (fraction * Vector256.Create((short)3)) >>> 8;
        return Sse2.PackUnsignedSaturate(digits.GetLower(), digits.GetUpper());
    }
}
