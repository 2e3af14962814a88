namespace Dropwise.Cpu;

/// <content>
/// Queries of four consecutive tokens, which read nearly the same keys and values: each is loaded once for all four, from a cache that a long context does not
/// fit into. Sums run in the order of a single query, so that a result does not depend on the tokens beside it.
/// </content>
public static unsafe partial class AttentionKernel
{
    /// <summary>Queries that <see cref="AttendQueries"/> takes.</summary>
    public const int Queries = 4;

    /// <summary>What <see cref="Attend"/> computes, for <see cref="Queries"/> tokens that each attend to all positions up to their own.</summary>
    /// <param name="query">The first token's query, [dimension].</param>
    /// <param name="queryStride">Elements from one token's query to the next.</param>
    /// <param name="head">Keys and values; the last token's position has a slot, and no slot was taken twice.</param>
    /// <param name="count">Positions that the first token attends to, from position 0 on; each later token attends to one more.</param>
    /// <param name="scale">The factor of a score, positive.</param>
    /// <param name="cap">The bound of a score, or 0 for none.</param>
    /// <param name="scratch">Room for <see cref="ScratchElements"/>.</param>
    /// <param name="y">Receives the first token's [dimension].</param>
    /// <param name="yStride">Elements from one token's result to the next.</param>
    public static void AttendQueries(
        float* query, nint queryStride, in KeyValueHead head, int count, float scale, float cap, float* scratch, float* y, nint yStride)
    {
        if (CpuFeatures.Selected >= CpuIsa.Avx512) AttendQueries<FloatLanes16>(query, queryStride, head, count, scale, cap, scratch, y, yStride);
        else if (CpuFeatures.Selected >= CpuIsa.Avx2) AttendQueries<FloatLanes8>(query, queryStride, head, count, scale, cap, scratch, y, yStride);
        else AttendQueries<FloatLanes1>(query, queryStride, head, count, scale, cap, scratch, y, yStride);
    }

    private static void AttendQueries<T>(
        float* query, nint queryStride, in KeyValueHead head, int count, float scale, float cap, float* scratch, float* y, nint yStride)
        where T : struct, IFloatLanes<T>
    {
        int most = count + Queries - 1;
        nint stride = ScoreElements(head);
        for (int block = 0; block < most; block += KeyBlock)
        {
            for (int lane = 0; lane < KeyBlock; lane += T.Count)
                Scores<T>(query, queryStride, head.Keys + ((nint)block * head.Dimension) + lane, head.Dimension, scratch + block + lane, stride);
        }

        float* normalizers = stackalloc float[Queries];
        for (int i = 0; i < Queries; i++)
        {
            float* scores = scratch + (i * stride);
            if (cap > 0) VectorOperations.SoftCap(scores, scale, cap, count + i);
            normalizers[i] = 1 / VectorOperations.SoftmaxNumerators(scores, cap > 0 ? 1 : scale, count + i);

            // The positions of later tokens.
            new Span<float>(scores + count + i, Queries - 1 - i).Clear();
        }

        int d = 0;
        for (; d + (2 * T.Count) <= head.Dimension; d += 2 * T.Count)
        {
            Mixes<T>(scratch, stride, head.Values + d, most, head.Dimension, normalizers, y + d, yStride);
            Mixes<T>(scratch, stride, head.Values + d + T.Count, most, head.Dimension, normalizers, y + d + T.Count, yStride);
        }

        for (int i = 0; i < Queries; i++) MixRest<T>(scratch + (i * stride), head.Values, count + i, head.Dimension, d, normalizers[i], y + (i * yStride));
    }

    /// <summary>q·k of four queries, of as many positions as there are lanes.</summary>
    private static void Scores<T>(float* query, nint queryStride, float* key, int dimension, float* scores, nint stride)
        where T : struct, IFloatLanes<T>
    {
        float* query1 = query + queryStride, query2 = query1 + queryStride, query3 = query2 + queryStride;
        T a0 = T.Broadcast(0), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
        T c0 = a0, c1 = a0, c2 = a0, c3 = a0, d0 = a0, d1 = a0, d2 = a0, d3 = a0;
        int i = 0;
        for (; i + 4 <= dimension; i += 4, key += 4 * KeyBlock)
        {
            T key0 = T.Load(key), key1 = T.Load(key + KeyBlock), key2 = T.Load(key + (2 * KeyBlock)), key3 = T.Load(key + (3 * KeyBlock));
            a0 = T.MultiplyAdd(key0, T.Broadcast(query[i]), a0);
            b0 = T.MultiplyAdd(key0, T.Broadcast(query1[i]), b0);
            c0 = T.MultiplyAdd(key0, T.Broadcast(query2[i]), c0);
            d0 = T.MultiplyAdd(key0, T.Broadcast(query3[i]), d0);
            a1 = T.MultiplyAdd(key1, T.Broadcast(query[i + 1]), a1);
            b1 = T.MultiplyAdd(key1, T.Broadcast(query1[i + 1]), b1);
            c1 = T.MultiplyAdd(key1, T.Broadcast(query2[i + 1]), c1);
            d1 = T.MultiplyAdd(key1, T.Broadcast(query3[i + 1]), d1);
            a2 = T.MultiplyAdd(key2, T.Broadcast(query[i + 2]), a2);
            b2 = T.MultiplyAdd(key2, T.Broadcast(query1[i + 2]), b2);
            c2 = T.MultiplyAdd(key2, T.Broadcast(query2[i + 2]), c2);
            d2 = T.MultiplyAdd(key2, T.Broadcast(query3[i + 2]), d2);
            a3 = T.MultiplyAdd(key3, T.Broadcast(query[i + 3]), a3);
            b3 = T.MultiplyAdd(key3, T.Broadcast(query1[i + 3]), b3);
            c3 = T.MultiplyAdd(key3, T.Broadcast(query2[i + 3]), c3);
            d3 = T.MultiplyAdd(key3, T.Broadcast(query3[i + 3]), d3);
        }

        for (; i < dimension; i++, key += KeyBlock)
        {
            T last = T.Load(key);
            a0 = T.MultiplyAdd(last, T.Broadcast(query[i]), a0);
            b0 = T.MultiplyAdd(last, T.Broadcast(query1[i]), b0);
            c0 = T.MultiplyAdd(last, T.Broadcast(query2[i]), c0);
            d0 = T.MultiplyAdd(last, T.Broadcast(query3[i]), d0);
        }

        (a0 + a1 + (a2 + a3)).Store(scores);
        (b0 + b1 + (b2 + b3)).Store(scores + stride);
        (c0 + c1 + (c2 + c3)).Store(scores + (2 * stride));
        (d0 + d1 + (d2 + d3)).Store(scores + (3 * stride));
    }

    /// <summary>Σ_t p_t v_t of four queries, for as many elements of a head as there are lanes.</summary>
    private static void Mixes<T>(float* weights, nint stride, float* values, int count, int dimension, float* normalizers, float* y, nint yStride)
        where T : struct, IFloatLanes<T>
    {
        float* weights1 = weights + stride, weights2 = weights1 + stride, weights3 = weights2 + stride;
        T a0 = T.Broadcast(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
        int t = 0;
        for (; t + 2 <= count; t += 2, values += 2 * dimension)
        {
            T even = T.Load(values), odd = T.Load(values + dimension);
            a0 = T.MultiplyAdd(even, T.Broadcast(weights[t]), a0);
            b0 = T.MultiplyAdd(even, T.Broadcast(weights1[t]), b0);
            c0 = T.MultiplyAdd(even, T.Broadcast(weights2[t]), c0);
            d0 = T.MultiplyAdd(even, T.Broadcast(weights3[t]), d0);
            a1 = T.MultiplyAdd(odd, T.Broadcast(weights[t + 1]), a1);
            b1 = T.MultiplyAdd(odd, T.Broadcast(weights1[t + 1]), b1);
            c1 = T.MultiplyAdd(odd, T.Broadcast(weights2[t + 1]), c1);
            d1 = T.MultiplyAdd(odd, T.Broadcast(weights3[t + 1]), d1);
        }

        if (t < count)
        {
            T last = T.Load(values);
            a0 = T.MultiplyAdd(last, T.Broadcast(weights[t]), a0);
            b0 = T.MultiplyAdd(last, T.Broadcast(weights1[t]), b0);
            c0 = T.MultiplyAdd(last, T.Broadcast(weights2[t]), c0);
            d0 = T.MultiplyAdd(last, T.Broadcast(weights3[t]), d0);
        }

        ((a0 + a1) * T.Broadcast(normalizers[0])).Store(y);
        ((b0 + b1) * T.Broadcast(normalizers[1])).Store(y + yStride);
        ((c0 + c1) * T.Broadcast(normalizers[2])).Store(y + (2 * yStride));
        ((d0 + d1) * T.Broadcast(normalizers[3])).Store(y + (3 * yStride));
    }
}
