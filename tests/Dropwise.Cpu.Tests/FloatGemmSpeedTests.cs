using System.Diagnostics;

namespace Dropwise.Cpu.Tests;

/// <summary>The float product against a loop that multiplies and adds in registers only, timed in turn on one thread.</summary>
public sealed unsafe class FloatGemmSpeedTests(ITestOutputHelper output)
{
    // The target is 0.8; other machines of a shared host get some slack.
    private const double LeastShare = 0.6;

    /// <summary>How long to wait for a quiet moment: what disturbs can only make the product look slower than it is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [Trait("Category", "Speed")]
    [InlineData(128, 2048, 2048)]
    [InlineData(512, 768, 256)]
    [InlineData(512, 256, 768)]
    public void The_product_reaches_the_processors_rate_of_multiply_adds(int tokens, int rows, int columns)
    {
        Assert.SkipUnless(CpuFeatures.Selected >= CpuIsa.Avx512, "the register loop is written for AVX-512");
        using DenseSample sample = new(ScalarType.BFloat16, rows, columns, 1);
        using NativeBuffer x = new((long)tokens * columns * sizeof(float)), y = new((long)tokens * rows * sizeof(float));
        new Span<float>(x.Pointer, tokens * columns).Fill(0.5f);
        using WorkerTeam team = new(1);
        double best = double.MaxValue, peak = 0, flops = 2.0 * tokens * rows * columns;
        long begin = Stopwatch.GetTimestamp();
        for (int turn = 0; turn < 30 || (flops / best <= LeastShare * peak && Stopwatch.GetElapsedTime(begin) < Patience); turn++)
        {
            peak = Math.Max(peak, RegisterLoop.FlopsPerSecond());
            long start = Stopwatch.GetTimestamp();
            FloatGemm.Run(team, (float*)x.Pointer, tokens, columns, [new(sample.Matrix, 1, (float*)y.Pointer, rows)]);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        double rate = flops / best;
        output.WriteLine($"{tokens} x {rows} x {columns}: {rate / 1e9:F1} of {peak / 1e9:F1} GFLOP/s, {rate / peak:P1}");
        Assert.True(rate / peak > LeastShare, $"only {rate / peak:P1} of the register rate");
    }
}
