using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// Sums of looked-up bytes in 16 bits. A pair of positions needs two accumulators but no unpacking: <c>all</c> adds whole words, so that
/// it holds even + 256·odd, and <c>odd</c> adds their upper bytes; even is the difference, exact because 16 bits wrap.
/// </summary>
public static unsafe class TableSums
{
    /// <summary>What both accumulators of a segment start from, so that entries biased by 128 add up to a signed sum without bias.</summary>
    /// <param name="entries">Entries that will be added, at most 255.</param>
    /// <returns>The bias b for the odd sums, and b + 256·b for the sums of words.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (ushort All, ushort Odd) Start(int entries)
    {
        int bias = -128 * entries;
        return ((ushort)(bias * 257), (ushort)bias);
    }

    /// <summary>Adds the sums of 64 positions, times a scale, to float32 sums in order of rows.</summary>
    /// <param name="all">The sums of words.</param>
    /// <param name="odd">The sums of upper bytes.</param>
    /// <param name="scale">The scale of the segment's entries.</param>
    /// <param name="sums">Float32 sums of the block's 64 rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Flush(Vector512<ushort> all, Vector512<ushort> odd, Vector512<float> scale, float* sums)
    {
        Vector512<int> even = (all - (odd << 8)).AsInt32();
        Add(even << 16 >> 16, scale, sums);
        Add(odd.AsInt32() << 16 >> 16, scale, sums + 16);
        Add(even >> 16, scale, sums + 32);
        Add(odd.AsInt32() >> 16, scale, sums + 48);
    }

    /// <summary>Adds the sums of 32 positions, times a scale, to float32 sums in order of rows.</summary>
    /// <param name="all">The sums of words.</param>
    /// <param name="odd">The sums of upper bytes.</param>
    /// <param name="scale">The scale of the segment's entries.</param>
    /// <param name="sums">Float32 sums of the block's rows, at row 8 for the upper half of its positions.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Flush(Vector256<ushort> all, Vector256<ushort> odd, Vector256<float> scale, float* sums)
    {
        Vector256<int> even = (all - (odd << 8)).AsInt32();
        Add(even << 16 >> 16, scale, sums);
        Add(odd.AsInt32() << 16 >> 16, scale, sums + 16);
        Add(even >> 16, scale, sums + 32);
        Add(odd.AsInt32() >> 16, scale, sums + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector512<int> values, Vector512<float> scale, float* sums) =>
        Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(values), scale, Vector512.Load(sums)).Store(sums);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Vector256<int> values, Vector256<float> scale, float* sums) =>
        Vector256.FusedMultiplyAdd(Vector256.ConvertToSingle(values), scale, Vector256.Load(sums)).Store(sums);
}
