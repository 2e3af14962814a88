using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>Dot products of eight rows of a row-major matrix with one vector; eight independent sums cover the latency of a multiply-add.</summary>
internal static unsafe class DenseRows
{
    /// <summary>Rows of one call.</summary>
    public const int Count = 8;

    /// <summary>Sixteen inputs a step.</summary>
    /// <param name="rows">The addresses of eight rows, [8] of [K] elements.</param>
    /// <param name="x">Activations, [K] float32.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="y">Receives eight float32.</param>
    /// <typeparam name="TElement">The stored elements.</typeparam>
    public static void DotAvx512<TElement>(byte** rows, float* x, int columns, float* y)
        where TElement : struct, IDenseElement
    {
        byte* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3], r4 = rows[4], r5 = rows[5], r6 = rows[6], r7 = rows[7];
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        int k = 0;
        for (; k + 16 <= columns; k += 16)
        {
            Vector512<float> inputs = Vector512.Load(x + k);
            nint at = (nint)k * TElement.Bytes;
            s0 = Vector512.FusedMultiplyAdd(TElement.Load16(r0 + at), inputs, s0);
            s1 = Vector512.FusedMultiplyAdd(TElement.Load16(r1 + at), inputs, s1);
            s2 = Vector512.FusedMultiplyAdd(TElement.Load16(r2 + at), inputs, s2);
            s3 = Vector512.FusedMultiplyAdd(TElement.Load16(r3 + at), inputs, s3);
            s4 = Vector512.FusedMultiplyAdd(TElement.Load16(r4 + at), inputs, s4);
            s5 = Vector512.FusedMultiplyAdd(TElement.Load16(r5 + at), inputs, s5);
            s6 = Vector512.FusedMultiplyAdd(TElement.Load16(r6 + at), inputs, s6);
            s7 = Vector512.FusedMultiplyAdd(TElement.Load16(r7 + at), inputs, s7);
        }

        y[0] = Vector512.Sum(s0);
        y[1] = Vector512.Sum(s1);
        y[2] = Vector512.Sum(s2);
        y[3] = Vector512.Sum(s3);
        y[4] = Vector512.Sum(s4);
        y[5] = Vector512.Sum(s5);
        y[6] = Vector512.Sum(s6);
        y[7] = Vector512.Sum(s7);
        AddTail<TElement>(rows, x, k, columns, y);
    }

    /// <summary>Eight inputs a step.</summary>
    /// <inheritdoc cref="DotAvx512{TElement}"/>
    public static void DotAvx2<TElement>(byte** rows, float* x, int columns, float* y)
        where TElement : struct, IDenseElement
    {
        byte* r0 = rows[0], r1 = rows[1], r2 = rows[2], r3 = rows[3], r4 = rows[4], r5 = rows[5], r6 = rows[6], r7 = rows[7];
        Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        int k = 0;
        for (; k + 8 <= columns; k += 8)
        {
            Vector256<float> inputs = Vector256.Load(x + k);
            nint at = (nint)k * TElement.Bytes;
            s0 = Vector256.FusedMultiplyAdd(TElement.Load8(r0 + at), inputs, s0);
            s1 = Vector256.FusedMultiplyAdd(TElement.Load8(r1 + at), inputs, s1);
            s2 = Vector256.FusedMultiplyAdd(TElement.Load8(r2 + at), inputs, s2);
            s3 = Vector256.FusedMultiplyAdd(TElement.Load8(r3 + at), inputs, s3);
            s4 = Vector256.FusedMultiplyAdd(TElement.Load8(r4 + at), inputs, s4);
            s5 = Vector256.FusedMultiplyAdd(TElement.Load8(r5 + at), inputs, s5);
            s6 = Vector256.FusedMultiplyAdd(TElement.Load8(r6 + at), inputs, s6);
            s7 = Vector256.FusedMultiplyAdd(TElement.Load8(r7 + at), inputs, s7);
        }

        y[0] = Vector256.Sum(s0);
        y[1] = Vector256.Sum(s1);
        y[2] = Vector256.Sum(s2);
        y[3] = Vector256.Sum(s3);
        y[4] = Vector256.Sum(s4);
        y[5] = Vector256.Sum(s5);
        y[6] = Vector256.Sum(s6);
        y[7] = Vector256.Sum(s7);
        AddTail<TElement>(rows, x, k, columns, y);
    }

    /// <summary>One input a step.</summary>
    /// <inheritdoc cref="DotAvx512{TElement}"/>
    public static void DotScalar<TElement>(byte** rows, float* x, int columns, float* y)
        where TElement : struct, IDenseElement
    {
        new Span<float>(y, Count).Clear();
        AddTail<TElement>(rows, x, 0, columns, y);
    }

    private static void AddTail<TElement>(byte** rows, float* x, int first, int columns, float* y)
        where TElement : struct, IDenseElement
    {
        if (first == columns) return;
        for (int row = 0; row < Count; row++)
        {
            float sum = 0;
            for (int k = first; k < columns; k++) sum += TElement.Load(rows[row] + ((nint)k * TElement.Bytes)) * x[k];
            y[row] += sum;
        }
    }
}
