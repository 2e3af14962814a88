using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cpu;

/// <summary>What the builders of product tables do to activations and dots; generated kernels call these.</summary>
public static unsafe class TableInputs
{
    /// <summary>Rounds activations to 16-bit integers that share a scale.</summary>
    /// <param name="x">Activations [count], float32.</param>
    /// <param name="count">Inputs, at most <paramref name="capacity"/>.</param>
    /// <param name="words">Receives integers in ±32767 [capacity]; zeros beyond <paramref name="count"/>.</param>
    /// <param name="capacity">Inputs of a whole chunk.</param>
    /// <returns>The value of an integer of 1.</returns>
    public static float Round(float* x, int count, short* words, int capacity)
    {
        const int lanes = 16;
        int vectors = count / lanes * lanes;
        Vector256<float> peaks = default;
        for (int i = 0; i < vectors; i += lanes)
            peaks = Vector256.Max(peaks, Vector256.Max(Vector256.Abs(Vector256.Load(x + i)), Vector256.Abs(Vector256.Load(x + i + 8))));
        float peak = 0;
        for (int i = 0; i < Vector256<float>.Count; i++) peak = MathF.Max(peak, peaks[i]);
        for (int i = vectors; i < count; i++) peak = MathF.Max(peak, MathF.Abs(x[i]));

        // The quotient of the smallest normal numbers still is finite; what is below them counts as zero.
        float inverse = peak < 1e-30f ? 0 : short.MaxValue / peak;
        for (int i = 0; i < vectors; i += lanes)
        {
            Vector256<int> low = Vector256.ConvertToInt32Native(Vector256.Round(Vector256.Load(x + i) * inverse));
            Vector256<int> high = Vector256.ConvertToInt32Native(Vector256.Round(Vector256.Load(x + i + 8) * inverse));
            Vector256.Narrow(low, high).Store(words + i);
        }

        for (int i = vectors; i < count; i++) words[i] = (short)MathF.Round(x[i] * inverse);
        new Span<short>(words + count, capacity - count).Clear();
        return peak / short.MaxValue;
    }

    /// <summary>The upper halves of 32-bit dots, those of <paramref name="even"/> in even words: the order that prepared codebooks allow for.</summary>
    /// <param name="even">Dots for the even words.</param>
    /// <param name="odd">Dots for the odd words.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> UpperHalves(Vector512<int> even, Vector512<int> odd) =>
        Vector512.ConditionalSelect(Vector512.Create(unchecked((int)0xFFFF0000)), odd, even >>> 16).AsInt16();

    /// <summary>The upper halves of 32-bit dots, those of <paramref name="even"/> in even words.</summary>
    /// <param name="even">Dots for the even words.</param>
    /// <param name="odd">Dots for the odd words.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> UpperHalves(Vector256<int> even, Vector256<int> odd) =>
        Avx2.Blend((even >>> 16).AsInt16(), odd.AsInt16(), 0xAA);

    /// <summary>The largest of 32 words, none negative.</summary>
    /// <param name="words">The words.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Largest(Vector512<short> words) => Largest(Vector256.Max(words.GetLower(), words.GetUpper()));

    /// <summary>The largest of 16 words, none negative.</summary>
    /// <param name="words">The words.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Largest(Vector256<short> words) => Largest(Vector128.Max(words.GetLower(), words.GetUpper()));

    /// <summary>The largest of eight words, none negative.</summary>
    /// <param name="words">The words.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Largest(Vector128<short> words)
    {
        // The instruction finds the smallest unsigned word, so that it looks at complements.
        Vector128<ushort> smallest = Sse41.MinHorizontal((~words).AsUInt16());
        return (ushort)~smallest.ToScalar();
    }
}
