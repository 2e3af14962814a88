using System.Diagnostics;

namespace Dropwise.Cpu.Tests;

/// <summary>The float32 product of views against sums in float64, whichever side is transposed.</summary>
public sealed unsafe class FloatProductTests(ITestOutputHelper output)
{
    private const double LeastShare = 0.6;

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(2, 300, 65)]
    [InlineData(7, 256, 64)]
    [InlineData(200, 33, 130)]
    [InlineData(193, 513, 321)]
    public void Every_side_may_be_transposed(int rows, int inner, int columns)
    {
        float[] a = Values(rows * inner, 1), b = Values(inner * columns, 2), c = Values(rows * columns, 3);
        fixed (float* pa = a, pb = b, pc = c)
        {
            FloatView[] left = [new(pa, rows, inner), new FloatView(pa, inner, rows).Transposed];
            FloatView[] right = [new(pb, inner, columns), new FloatView(pb, columns, inner).Transposed];
            foreach (FloatView x in left)
            {
                foreach (FloatView y in right)
                {
                    FloatProduct.Run(x, y, new FloatView(pc, rows, columns));
                    AssertProduct(x, y, c, 1);
                    FloatProduct.Run(x, y, new FloatView(pc, rows, columns), accumulate: true);
                    AssertProduct(x, y, c, 2);
                }
            }
        }
    }

    [Fact]
    public void Parts_touch_nothing_around_them()
    {
        float[] a = Values(90 * 70, 1), c = new float[90 * 90];
        fixed (float* pa = a, pc = c)
        {
            FloatView all = new(pa, 90, 70);
            FloatProduct.Run(all.Part(3, 20, 5, 60), all.Part(30, 25, 5, 60).Transposed, new FloatView(pc, 90, 90).Part(10, 20, 40, 25));
            for (int row = 0; row < 90; row++)
            {
                for (int column = 0; column < 90; column++)
                {
                    if (row is >= 10 and < 30 && column is >= 40 and < 65) continue;
                    Assert.Equal(0, c[(row * 90) + column]);
                }
            }
        }
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused()
    {
        float[] a = new float[12];
        Assert.Throws<ArgumentException>(() =>
        {
            fixed (float* p = a) FloatProduct.Run(new FloatView(p, 3, 4), new FloatView(p, 3, 4), new FloatView(p, 3, 4));
        });
    }

    /// <summary>The three products of a linear layer: y = x Wᵀ, x' = y' W and W' = y'ᵀ x. The target is 0.8; other machines of a shared host get some slack.</summary>
    [Theory]
    [Trait("Category", "Speed")]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    public void The_product_reaches_the_processors_rate_of_multiply_adds(bool transposeA, bool transposeB)
    {
        const int M = 1024, L = 768, N = 768;
        Assert.SkipUnless(CpuFeatures.Selected >= CpuIsa.Avx512, "the register loop is written for AVX-512");
        float[] a = Values(M * L, 1), b = Values(L * N, 2), c = new float[M * N];
        fixed (float* pa = a, pb = b, pc = c)
        {
            FloatView left = transposeA ? new FloatView(pa, L, M).Transposed : new FloatView(pa, M, L);
            FloatView right = transposeB ? new FloatView(pb, N, L).Transposed : new FloatView(pb, L, N);
            FloatView product = new(pc, M, N);
            double best = double.MaxValue, peak = 0, flops = 2.0 * M * N * L;
            long begin = Stopwatch.GetTimestamp();
            for (int turn = 0; turn < 20 || (flops / best <= LeastShare * peak && Stopwatch.GetElapsedTime(begin).TotalSeconds < 20); turn++)
            {
                peak = Math.Max(peak, RegisterLoop.FlopsPerSecond());
                long start = Stopwatch.GetTimestamp();
                FloatProduct.Run(left, right, product);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            output.WriteLine($"{flops / best / 1e9:F1} of {peak / 1e9:F1} GFLOP/s, {flops / best / peak:P1}");
            Assert.True(flops / best > LeastShare * peak, $"only {flops / best / peak:P1} of the register rate");
        }
    }

    private static float[] Values(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private static void AssertProduct(FloatView a, FloatView b, float[] c, int times)
    {
        for (int row = 0; row < a.Rows; row++)
        {
            for (int column = 0; column < b.Columns; column++)
            {
                double sum = 0;
                for (int k = 0; k < a.Columns; k++) sum += (double)*a.At(row, k) * *b.At(k, column);
                Assert.Equal(times * sum, c[(row * b.Columns) + column], 1e-4);
            }
        }
    }
}
