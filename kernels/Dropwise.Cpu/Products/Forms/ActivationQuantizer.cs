using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>
/// Rounds a block of 32 activations to integers with one scale: the largest magnitude becomes the largest integer. The sum is that of
/// the rounded values, so that it cancels exactly against the zero points of codes.
/// </summary>
internal static unsafe class ActivationQuantizer
{
    /// <summary>Inputs that share a scale.</summary>
    public const int Block = 32;

    /// <summary>The largest 8-bit activation.</summary>
    private const float LargestByte = 127;

    /// <summary>The largest 16-bit activation: 32 products with a weight of the same range fit 32 bits.</summary>
    private const float LargestWord = 8191;

    /// <summary>Rounds to 8 bits.</summary>
    /// <param name="x">Values, [32] float32.</param>
    /// <param name="values">Receives [32] int8 in ±127.</param>
    /// <param name="scale">Receives the value of 1.</param>
    /// <param name="sum">Receives the sum of the rounded values.</param>
    public static void ToBytes(float* x, sbyte* values, float* scale, float* sum)
    {
        if (!Avx2.IsSupported)
        {
            Scalar(x, LargestByte, out *scale, out *sum, out InlineBlock integers);
            for (int i = 0; i < Block; i++) values[i] = (sbyte)integers[i];
            return;
        }

        Round(x, LargestByte, scale, out Vector256<int> a, out Vector256<int> b, out Vector256<int> c, out Vector256<int> d);

        *sum = *scale * Vector256.Sum(a + b + (c + d));

        // Packing works inside 128-bit halves; the dwords it leaves as a0 b0 c0 d0 a1 b1 c1 d1 are put in order at the end.
        Vector256<sbyte> packed = Avx2.PackSignedSaturate(Avx2.PackSignedSaturate(a, b), Avx2.PackSignedSaturate(c, d));
        Avx2.PermuteVar8x32(packed.AsInt32(), Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7)).AsSByte().Store(values);
    }

    /// <summary>Rounds to 16 bits, each four values in the order 0, 2, 1, 3.</summary>
    /// <param name="x">Values, [32] float32.</param>
    /// <param name="values">Receives [32] int16 in ±8191.</param>
    /// <param name="scale">Receives the value of 1.</param>
    /// <param name="sum">Receives the sum of the rounded values.</param>
    public static void ToWords(float* x, short* values, float* scale, float* sum)
    {
        if (!Avx2.IsSupported)
        {
            Scalar(x, LargestWord, out *scale, out *sum, out InlineBlock integers);
            for (int i = 0; i < Block; i++) values[(i & ~3) + ((i & 1) << 1) + ((i & 2) >> 1)] = (short)integers[i];
            return;
        }

        Round(x, LargestWord, scale, out Vector256<int> a, out Vector256<int> b, out Vector256<int> c, out Vector256<int> d);
        *sum = *scale * Vector256.Sum(a + b + (c + d));
        Store(a, b, values);
        Store(c, d, values + 16);
    }

    /// <summary>Rounds to 16 bits, in the order of the inputs.</summary>
    /// <param name="x">Values, [32] float32.</param>
    /// <param name="values">Receives [32] int16 in ±8191.</param>
    /// <param name="scale">Receives the value of 1.</param>
    /// <param name="sums">Receives the sums of the rounded values of each half, [2] float32.</param>
    public static void ToOrderedWords(float* x, short* values, float* scale, float* sums)
    {
        if (!Avx2.IsSupported)
        {
            Scalar(x, LargestWord, out *scale, out _, out InlineBlock integers);
            int low = 0;
            int high = 0;
            for (int i = 0; i < Block; i++)
            {
                values[i] = (short)integers[i];
                if (i < Block / 2) low += integers[i];
                else high += integers[i];
            }

            sums[0] = *scale * low;
            sums[1] = *scale * high;
            return;
        }

        Round(x, LargestWord, scale, out Vector256<int> a, out Vector256<int> b, out Vector256<int> c, out Vector256<int> d);
        Avx2.Permute4x64(Avx2.PackSignedSaturate(a, b).AsInt64(), 0b11_01_10_00).AsInt16().Store(values);
        Avx2.Permute4x64(Avx2.PackSignedSaturate(c, d).AsInt64(), 0b11_01_10_00).AsInt16().Store(values + 16);
        sums[0] = *scale * Vector256.Sum(a + b);
        sums[1] = *scale * Vector256.Sum(c + d);
    }

    private static void Store(Vector256<int> a, Vector256<int> b, short* values)
    {
        // Packing leaves the quads as a0 b0 a1 b1; inside each, words 1 and 2 change places.
        Vector256<long> quads = Avx2.Permute4x64(Avx2.PackSignedSaturate(a, b).AsInt64(), 0b11_01_10_00);
        Vector256<byte> order = Vector256.Create((byte)0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15, 0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
        Avx2.Shuffle(quads.AsByte(), order).AsInt16().Store(values);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(
        float* x, float largest, float* scale, out Vector256<int> a, out Vector256<int> b, out Vector256<int> c, out Vector256<int> d)
    {
        Vector256<float> x0 = Vector256.Load(x);
        Vector256<float> x1 = Vector256.Load(x + 8);
        Vector256<float> x2 = Vector256.Load(x + 16);
        Vector256<float> x3 = Vector256.Load(x + 24);
        Vector256<float> magnitudes = Avx.Max(
            Avx.Max(Vector256.Abs(x0), Vector256.Abs(x1)), Avx.Max(Vector256.Abs(x2), Vector256.Abs(x3)));
        Vector128<float> most = Sse.Max(magnitudes.GetLower(), magnitudes.GetUpper());
        most = Sse.Max(most, Sse.MoveHighToLow(most, most));
        most = Sse.Max(most, Sse.Shuffle(most, most, 1));
        float maximum = most.ToScalar();

        // A quotient of at most 1 is safe for the smallest blocks, where the reciprocal of the maximum is infinite.
        Vector256<float> divisor = Vector256.Create(maximum == 0 ? 1 : maximum);
        a = Avx.ConvertToVector256Int32(x0 / divisor * largest);
        b = Avx.ConvertToVector256Int32(x1 / divisor * largest);
        c = Avx.ConvertToVector256Int32(x2 / divisor * largest);
        d = Avx.ConvertToVector256Int32(x3 / divisor * largest);
        *scale = maximum / largest;
    }

    private static void Scalar(float* x, float largest, out float scale, out float sum, out InlineBlock integers)
    {
        float maximum = 0;
        for (int i = 0; i < Block; i++) maximum = Math.Max(maximum, Math.Abs(x[i]));
        float divisor = maximum == 0 ? 1 : maximum;
        int total = 0;
        integers = default;
        for (int i = 0; i < Block; i++)
        {
            integers[i] = (int)MathF.Round(x[i] / divisor * largest);
            total += integers[i];
        }

        scale = maximum / largest;
        sum = scale * total;
    }

    /// <summary>The integers of a block.</summary>
    [InlineArray(Block)]
    private struct InlineBlock
    {
        private int _first;
    }
}
