using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dropwise.Cpu;

/// <summary>
/// Six tokens × 16 rows, four times: 12 accumulators, two panel registers and a broadcast fill 15 of the 16 registers of AVX2.
/// </summary>
internal readonly unsafe struct GemmKernelAvx2 : IGemmKernel
{
    public static int TokenBlock => 6;

    public static void MultiplyMany(in GemmTile tile)
    {
        for (int row = 0; row < WeightMatrix.PanelRows; row += 16) MultiplySixteenRows(tile, row);
    }

    private static void MultiplySixteenRows(in GemmTile tile, int row)
    {
        float* x0 = tile.Row(0);
        float* x1 = tile.Row(1);
        float* x2 = tile.Row(2);
        float* x3 = tile.Row(3);
        float* x4 = tile.Row(4);
        float* x5 = tile.Row(5);
        Vector256<float> s00 = Vector256<float>.Zero, s01 = Vector256<float>.Zero;
        Vector256<float> s10 = Vector256<float>.Zero, s11 = Vector256<float>.Zero;
        Vector256<float> s20 = Vector256<float>.Zero, s21 = Vector256<float>.Zero;
        Vector256<float> s30 = Vector256<float>.Zero, s31 = Vector256<float>.Zero;
        Vector256<float> s40 = Vector256<float>.Zero, s41 = Vector256<float>.Zero;
        Vector256<float> s50 = Vector256<float>.Zero, s51 = Vector256<float>.Zero;
        float* panel = tile.Panel + row;
        nint inputs = tile.Inputs;
        for (nint k = 0; k < inputs; k++)
        {
            Vector256<float> w0 = Vector256.Load(panel);
            Vector256<float> w1 = Vector256.Load(panel + 8);
            Vector256<float> x = Vector256.Create(x0[k]);
            s00 = Vector256.FusedMultiplyAdd(w0, x, s00);
            s01 = Vector256.FusedMultiplyAdd(w1, x, s01);
            x = Vector256.Create(x1[k]);
            s10 = Vector256.FusedMultiplyAdd(w0, x, s10);
            s11 = Vector256.FusedMultiplyAdd(w1, x, s11);
            x = Vector256.Create(x2[k]);
            s20 = Vector256.FusedMultiplyAdd(w0, x, s20);
            s21 = Vector256.FusedMultiplyAdd(w1, x, s21);
            x = Vector256.Create(x3[k]);
            s30 = Vector256.FusedMultiplyAdd(w0, x, s30);
            s31 = Vector256.FusedMultiplyAdd(w1, x, s31);
            x = Vector256.Create(x4[k]);
            s40 = Vector256.FusedMultiplyAdd(w0, x, s40);
            s41 = Vector256.FusedMultiplyAdd(w1, x, s41);
            x = Vector256.Create(x5[k]);
            s50 = Vector256.FusedMultiplyAdd(w0, x, s50);
            s51 = Vector256.FusedMultiplyAdd(w1, x, s51);
            panel += WeightMatrix.PanelRows;
        }

        float* y = tile.Y + row;
        Store(y, tile.Accumulate, s00, s01);
        Store(y + tile.YStride, tile.Accumulate, s10, s11);
        Store(y + (2 * tile.YStride), tile.Accumulate, s20, s21);
        Store(y + (3 * tile.YStride), tile.Accumulate, s30, s31);
        Store(y + (4 * tile.YStride), tile.Accumulate, s40, s41);
        Store(y + (5 * tile.YStride), tile.Accumulate, s50, s51);
    }

    public static void MultiplyOne(in GemmTile tile)
    {
        for (int row = 0; row < WeightMatrix.PanelRows; row += 32)
        {
            float* x = tile.X;
            float* panel = tile.Panel + row;
            Vector256<float> s0 = Vector256<float>.Zero, s1 = Vector256<float>.Zero, s2 = Vector256<float>.Zero, s3 = Vector256<float>.Zero;
            for (nint k = 0; k < tile.Inputs; k++, panel += WeightMatrix.PanelRows)
            {
                Vector256<float> activation = Vector256.Create(x[k]);
                s0 = Vector256.FusedMultiplyAdd(Vector256.Load(panel), activation, s0);
                s1 = Vector256.FusedMultiplyAdd(Vector256.Load(panel + 8), activation, s1);
                s2 = Vector256.FusedMultiplyAdd(Vector256.Load(panel + 16), activation, s2);
                s3 = Vector256.FusedMultiplyAdd(Vector256.Load(panel + 24), activation, s3);
            }

            Store(tile.Y + row, tile.Accumulate, s0, s1);
            Store(tile.Y + row + 16, tile.Accumulate, s2, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* y, bool accumulate, Vector256<float> a, Vector256<float> b)
    {
        if (accumulate)
        {
            a += Vector256.Load(y);
            b += Vector256.Load(y + 8);
        }

        a.Store(y);
        b.Store(y + 8);
    }
}
