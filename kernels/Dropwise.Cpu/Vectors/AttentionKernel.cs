using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>Queries against the cached keys and values of one head.</summary>
public static unsafe partial class AttentionKernel
{
    /// <summary>Slots of a block of keys: the lanes of the widest register.</summary>
    public const int KeyBlock = 16;

    /// <summary>Float32 of scratch that <see cref="Attend"/> and <see cref="AttendQueries"/> need.</summary>
    /// <param name="head">The head.</param>
    public static long ScratchElements(in KeyValueHead head) => (Queries * (long)ScoreElements(head)) + head.Dimension;

    /// <summary>y = Σ_t softmax_t(s_t) v_t over some consecutive positions, where s_t is scale · q·k_t, or cap · tanh(scale · q·k_t / cap).</summary>
    /// <param name="query">q, [dimension].</param>
    /// <param name="head">Keys and values; slots of other positions are read and ignored.</param>
    /// <param name="first">The first position.</param>
    /// <param name="count">Positions, from 1 to the head's slots.</param>
    /// <param name="scale">The factor of a score, positive.</param>
    /// <param name="cap">The bound of a score, or 0 for none.</param>
    /// <param name="scratch">Room for <see cref="ScratchElements"/>.</param>
    /// <param name="y">Receives [dimension].</param>
    public static void Attend(float* query, in KeyValueHead head, int first, int count, float scale, float cap, float* scratch, float* y)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) Attend<FloatLanes16>(query, head, first, count, scale, cap, scratch, y);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) Attend<FloatLanes8>(query, head, first, count, scale, cap, scratch, y);
        else Attend<FloatLanes1>(query, head, first, count, scale, cap, scratch, y);
    }

    private static void Attend<T>(float* query, in KeyValueHead head, int first, int count, float scale, float cap, float* scratch, float* y)
        where T : struct, IFloatLanes<T>
    {
        // The positions lie in one run of slots, or in two where the ring ends between them.
        int slot = first % head.Slots, before = Math.Min(count, head.Slots - slot), behind = count - before;
        float* scores = scratch + (slot % KeyBlock);
        Score<T>(query, head, slot - (slot % KeyBlock), slot + before, scratch);
        Score<T>(query, head, 0, behind, scores + before);
        if (cap > 0) VectorOperations.SoftCap(scores, scale, cap, count);
        float normalizer = 1 / VectorOperations.SoftmaxNumerators(scores, cap > 0 ? 1 : scale, count);
        Mix<T>(scores, head.Values + ((nint)slot * head.Dimension), before, head.Dimension, normalizer, y);
        if (behind == 0) return;
        float* rest = scratch + ScoreElements(head);
        Mix<T>(scores + before, head.Values, behind, head.Dimension, normalizer, rest);
        VectorOperations.Add(rest, y, head.Dimension);
    }

    // A block may begin before the first score and end behind the last.
    private static nint ScoreElements(in KeyValueHead head) => head.Slots + (2 * KeyBlock);

    /// <summary>The scores of all slots of the blocks that a run touches.</summary>
    private static void Score<T>(float* query, in KeyValueHead head, int first, int end, float* scores)
        where T : struct, IFloatLanes<T>
    {
        for (int block = first; block < end; block += KeyBlock, scores += KeyBlock)
        {
            float* key = head.Keys + ((nint)block * head.Dimension);
            for (int lane = 0; lane < KeyBlock; lane += T.Count) Score<T>(query, key + lane, head.Dimension).Store(scores + lane);
        }
    }

    /// <summary>q·k of as many positions as there are lanes; four sums cover the latency of a multiply-add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Score<T>(float* query, float* key, int dimension)
        where T : struct, IFloatLanes<T>
    {
        T s0 = T.Broadcast(0), s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i + 4 <= dimension; i += 4, key += 4 * KeyBlock)
        {
            s0 = T.MultiplyAdd(T.Load(key), T.Broadcast(query[i]), s0);
            s1 = T.MultiplyAdd(T.Load(key + KeyBlock), T.Broadcast(query[i + 1]), s1);
            s2 = T.MultiplyAdd(T.Load(key + (2 * KeyBlock)), T.Broadcast(query[i + 2]), s2);
            s3 = T.MultiplyAdd(T.Load(key + (3 * KeyBlock)), T.Broadcast(query[i + 3]), s3);
        }

        for (; i < dimension; i++, key += KeyBlock) s0 = T.MultiplyAdd(T.Load(key), T.Broadcast(query[i]), s0);
        return s0 + s1 + (s2 + s3);
    }

    /// <summary>Σ_t p_t v_t.</summary>
    private static void Mix<T>(float* weights, float* values, int count, int dimension, float normalizer, float* y)
        where T : struct, IFloatLanes<T>
    {
        int i = 0;
        for (; i + (2 * T.Count) <= dimension; i += 2 * T.Count) Mix2<T>(weights, values + i, count, dimension, normalizer, y + i);
        MixRest<T>(weights, values, count, dimension, i, normalizer, y);
    }

    /// <summary>Σ_t p_t v_t for the last elements of a head, fewer than twice the lanes.</summary>
    private static void MixRest<T>(float* weights, float* values, int count, int dimension, int i, float normalizer, float* y)
        where T : struct, IFloatLanes<T>
    {
        for (; i + T.Count <= dimension; i += T.Count) Mix1<T>(weights, values + i, count, dimension, normalizer, y + i);
        for (; i < dimension; i++) Mix1<FloatLanes1>(weights, values + i, count, dimension, normalizer, y + i);
    }

    /// <summary>Σ_t p_t v_t for as many elements of a head as there are lanes.</summary>
    private static void Mix1<T>(float* weights, float* values, int count, int dimension, float normalizer, float* y)
        where T : struct, IFloatLanes<T>
    {
        T s0 = T.Broadcast(0), s1 = s0, s2 = s0, s3 = s0;
        int t = 0;
        for (; t + 4 <= count; t += 4, values += 4 * dimension)
        {
            s0 = T.MultiplyAdd(T.Load(values), T.Broadcast(weights[t]), s0);
            s1 = T.MultiplyAdd(T.Load(values + dimension), T.Broadcast(weights[t + 1]), s1);
            s2 = T.MultiplyAdd(T.Load(values + (2 * dimension)), T.Broadcast(weights[t + 2]), s2);
            s3 = T.MultiplyAdd(T.Load(values + (3 * dimension)), T.Broadcast(weights[t + 3]), s3);
        }

        for (; t < count; t++, values += dimension) s0 = T.MultiplyAdd(T.Load(values), T.Broadcast(weights[t]), s0);
        ((s0 + s1 + (s2 + s3)) * T.Broadcast(normalizer)).Store(y);
    }

    /// <summary><see cref="Mix1"/> for twice the lanes, which halves the broadcasts.</summary>
    private static void Mix2<T>(float* weights, float* values, int count, int dimension, float normalizer, float* y)
        where T : struct, IFloatLanes<T>
    {
        T a0 = T.Broadcast(0), a1 = a0, b0 = a0, b1 = a0;
        int t = 0;
        for (; t + 2 <= count; t += 2, values += 2 * dimension)
        {
            T even = T.Broadcast(weights[t]), odd = T.Broadcast(weights[t + 1]);
            a0 = T.MultiplyAdd(T.Load(values), even, a0);
            b0 = T.MultiplyAdd(T.Load(values + T.Count), even, b0);
            a1 = T.MultiplyAdd(T.Load(values + dimension), odd, a1);
            b1 = T.MultiplyAdd(T.Load(values + dimension + T.Count), odd, b1);
        }

        if (t < count)
        {
            T last = T.Broadcast(weights[t]);
            a0 = T.MultiplyAdd(T.Load(values), last, a0);
            b0 = T.MultiplyAdd(T.Load(values + T.Count), last, b0);
        }

        T scales = T.Broadcast(normalizer);
        ((a0 + a1) * scales).Store(y);
        ((b0 + b1) * scales).Store(y + T.Count);
    }
}
