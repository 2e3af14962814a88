using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// Six tokens × 64 rows: 24 accumulators, four panel registers and a broadcast fill 29 of the 32 registers of AVX-512, and 24 multiply-adds
/// for 10 loads keep both multiply-add ports busy.
/// </summary>
internal readonly unsafe struct GemmKernelAvx512 : IGemmKernel
{
    public static int TokenBlock => 6;

    public static void MultiplyMany(in GemmTile tile)
    {
        float* x0 = tile.Row(0);
        float* x1 = tile.Row(1);
        float* x2 = tile.Row(2);
        float* x3 = tile.Row(3);
        float* x4 = tile.Row(4);
        float* x5 = tile.Row(5);
        Vector512<float> s00 = Vector512<float>.Zero, s01 = Vector512<float>.Zero, s02 = Vector512<float>.Zero, s03 = Vector512<float>.Zero;
        Vector512<float> s10 = Vector512<float>.Zero, s11 = Vector512<float>.Zero, s12 = Vector512<float>.Zero, s13 = Vector512<float>.Zero;
        Vector512<float> s20 = Vector512<float>.Zero, s21 = Vector512<float>.Zero, s22 = Vector512<float>.Zero, s23 = Vector512<float>.Zero;
        Vector512<float> s30 = Vector512<float>.Zero, s31 = Vector512<float>.Zero, s32 = Vector512<float>.Zero, s33 = Vector512<float>.Zero;
        Vector512<float> s40 = Vector512<float>.Zero, s41 = Vector512<float>.Zero, s42 = Vector512<float>.Zero, s43 = Vector512<float>.Zero;
        Vector512<float> s50 = Vector512<float>.Zero, s51 = Vector512<float>.Zero, s52 = Vector512<float>.Zero, s53 = Vector512<float>.Zero;
        float* panel = tile.Panel;
        nint inputs = tile.Inputs;
        for (nint k = 0; k < inputs; k++)
        {
            Vector512<float> w0 = Vector512.Load(panel);
            Vector512<float> w1 = Vector512.Load(panel + 16);
            Vector512<float> w2 = Vector512.Load(panel + 32);
            Vector512<float> w3 = Vector512.Load(panel + 48);
            Vector512<float> x = Vector512.Create(x0[k]);
            s00 = Vector512.FusedMultiplyAdd(w0, x, s00);
            s01 = Vector512.FusedMultiplyAdd(w1, x, s01);
            s02 = Vector512.FusedMultiplyAdd(w2, x, s02);
            s03 = Vector512.FusedMultiplyAdd(w3, x, s03);
            x = Vector512.Create(x1[k]);
            s10 = Vector512.FusedMultiplyAdd(w0, x, s10);
            s11 = Vector512.FusedMultiplyAdd(w1, x, s11);
            s12 = Vector512.FusedMultiplyAdd(w2, x, s12);
            s13 = Vector512.FusedMultiplyAdd(w3, x, s13);
            x = Vector512.Create(x2[k]);
            s20 = Vector512.FusedMultiplyAdd(w0, x, s20);
            s21 = Vector512.FusedMultiplyAdd(w1, x, s21);
            s22 = Vector512.FusedMultiplyAdd(w2, x, s22);
            s23 = Vector512.FusedMultiplyAdd(w3, x, s23);
            x = Vector512.Create(x3[k]);
            s30 = Vector512.FusedMultiplyAdd(w0, x, s30);
            s31 = Vector512.FusedMultiplyAdd(w1, x, s31);
            s32 = Vector512.FusedMultiplyAdd(w2, x, s32);
            s33 = Vector512.FusedMultiplyAdd(w3, x, s33);
            x = Vector512.Create(x4[k]);
            s40 = Vector512.FusedMultiplyAdd(w0, x, s40);
            s41 = Vector512.FusedMultiplyAdd(w1, x, s41);
            s42 = Vector512.FusedMultiplyAdd(w2, x, s42);
            s43 = Vector512.FusedMultiplyAdd(w3, x, s43);
            x = Vector512.Create(x5[k]);
            s50 = Vector512.FusedMultiplyAdd(w0, x, s50);
            s51 = Vector512.FusedMultiplyAdd(w1, x, s51);
            s52 = Vector512.FusedMultiplyAdd(w2, x, s52);
            s53 = Vector512.FusedMultiplyAdd(w3, x, s53);
            panel += WeightMatrix.PanelRows;
        }

        float* y = tile.Y;
        Store(y, tile.Accumulate, s00, s01, s02, s03);
        Store(y + tile.YStride, tile.Accumulate, s10, s11, s12, s13);
        Store(y + (2 * tile.YStride), tile.Accumulate, s20, s21, s22, s23);
        Store(y + (3 * tile.YStride), tile.Accumulate, s30, s31, s32, s33);
        Store(y + (4 * tile.YStride), tile.Accumulate, s40, s41, s42, s43);
        Store(y + (5 * tile.YStride), tile.Accumulate, s50, s51, s52, s53);
    }

    public static void MultiplyOne(in GemmTile tile)
    {
        float* x = tile.X;
        float* panel = tile.Panel;
        Vector512<float> s0 = Vector512<float>.Zero, s1 = Vector512<float>.Zero, s2 = Vector512<float>.Zero, s3 = Vector512<float>.Zero;
        Vector512<float> t0 = Vector512<float>.Zero, t1 = Vector512<float>.Zero, t2 = Vector512<float>.Zero, t3 = Vector512<float>.Zero;

        // Two inputs a turn: eight independent sums cover the latency of a multiply-add.
        nint k = 0;
        for (; k + 2 <= tile.Inputs; k += 2, panel += 2 * WeightMatrix.PanelRows)
        {
            Vector512<float> even = Vector512.Create(x[k]), odd = Vector512.Create(x[k + 1]);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(panel), even, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 16), even, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 32), even, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 48), even, s3);
            t0 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 64), odd, t0);
            t1 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 80), odd, t1);
            t2 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 96), odd, t2);
            t3 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 112), odd, t3);
        }

        if (k < tile.Inputs)
        {
            Vector512<float> last = Vector512.Create(x[k]);
            s0 = Vector512.FusedMultiplyAdd(Vector512.Load(panel), last, s0);
            s1 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 16), last, s1);
            s2 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 32), last, s2);
            s3 = Vector512.FusedMultiplyAdd(Vector512.Load(panel + 48), last, s3);
        }

        Store(tile.Y, tile.Accumulate, s0 + t0, s1 + t1, s2 + t2, s3 + t3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* y, bool accumulate, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        if (accumulate)
        {
            a += Vector512.Load(y);
            b += Vector512.Load(y + 16);
            c += Vector512.Load(y + 32);
            d += Vector512.Load(y + 48);
        }

        a.Store(y);
        b.Store(y + 16);
        c.Store(y + 32);
        d.Store(y + 48);
    }
}
