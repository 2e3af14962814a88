using System.Runtime.CompilerServices;

namespace Dropwise.Cpu;

/// <summary>
/// One query against the cached keys and values of one head. Keys lie in blocks of <see cref="KeyBlock"/> positions, [positions / 16,
/// dimension, 16]: a lane is a position, so that a score needs no sum across lanes; values lie row by row, [positions, dimension].
/// </summary>
public static unsafe class AttentionKernel
{
    /// <summary>Positions of a block of keys: the lanes of the widest register.</summary>
    public const int KeyBlock = 16;

    /// <summary>Puts one position's key where <see cref="Attend"/> reads it.</summary>
    /// <param name="key">[dimension].</param>
    /// <param name="keys">The head's keys, [blocks, dimension, 16].</param>
    /// <param name="position">The position, from 0.</param>
    /// <param name="dimension">Elements of a head.</param>
    public static void StoreKey(float* key, float* keys, int position, int dimension)
    {
        float* lane = keys + ((nint)(position / KeyBlock) * dimension * KeyBlock) + (position % KeyBlock);
        for (int i = 0; i < dimension; i++) lane[i * KeyBlock] = key[i];
    }

    /// <summary>y = Σ_t softmax_t(scale · q·k_t) v_t over positions 0 to count − 1.</summary>
    /// <param name="query">q, [dimension].</param>
    /// <param name="keys">The head's keys, [blocks, dimension, 16]; positions of the last block beyond the count are read and ignored.</param>
    /// <param name="values">The head's values, [positions, dimension].</param>
    /// <param name="count">Positions, at least 1.</param>
    /// <param name="dimension">Elements of a head.</param>
    /// <param name="scale">The factor of a score, positive.</param>
    /// <param name="scores">Scratch, [count rounded up to 16].</param>
    /// <param name="y">Receives [dimension].</param>
    public static void Attend(float* query, float* keys, float* values, int count, int dimension, float scale, float* scores, float* y)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) Attend<FloatLanes16>(query, keys, values, count, dimension, scale, scores, y);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) Attend<FloatLanes8>(query, keys, values, count, dimension, scale, scores, y);
        else Attend<FloatLanes1>(query, keys, values, count, dimension, scale, scores, y);
    }

    private static void Attend<T>(float* query, float* keys, float* values, int count, int dimension, float scale, float* scores, float* y)
        where T : struct, IFloatLanes<T>
    {
        for (int block = 0; block < count; block += KeyBlock)
        {
            float* key = keys + ((nint)block * dimension);
            for (int lane = 0; lane < KeyBlock; lane += T.Count) Score<T>(query, key + lane, dimension).Store(scores + block + lane);
        }

        float normalizer = 1 / VectorOperations.SoftmaxNumerators(scores, scale, count);
        int i = 0;
        for (; i + (2 * T.Count) <= dimension; i += 2 * T.Count) Mix2<T>(scores, values + i, count, dimension, normalizer, y + i);
        for (; i + T.Count <= dimension; i += T.Count) Mix<T>(scores, values + i, count, dimension, normalizer, y + i);
        for (; i < dimension; i++) Mix<FloatLanes1>(scores, values + i, count, dimension, normalizer, y + i);
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

    /// <summary>Σ_t p_t v_t for as many elements of a head as there are lanes.</summary>
    private static void Mix<T>(float* weights, float* values, int count, int dimension, float normalizer, float* y)
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

    /// <summary><see cref="Mix"/> for twice the lanes, which halves the broadcasts.</summary>
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
