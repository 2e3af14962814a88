using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
            peak = Math.Max(peak, RegisterRate());
            long start = Stopwatch.GetTimestamp();
            FloatGemm.Run(team, (float*)x.Pointer, tokens, columns, [new(sample.Matrix, 1, (float*)y.Pointer, rows)]);
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        double rate = flops / best;
        output.WriteLine($"{tokens} x {rows} x {columns}: {rate / 1e9:F1} of {peak / 1e9:F1} GFLOP/s, {rate / peak:P1}");
        Assert.True(rate / peak > LeastShare, $"only {rate / peak:P1} of the register rate");
    }

    private static double RegisterRate()
    {
        const int Turns = 200_000;
        float* operands = stackalloc float[32];
        new Span<float>(operands, 32).Fill(0.01f);
        long start = Stopwatch.GetTimestamp();
        float sum = MultiplyInRegisters(operands, Turns);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Assert.False(float.IsNaN(sum));
        return 12.0 * 16 * 2 * Turns / seconds;
    }

    /// <summary>Twelve independent sums cover the latency of a multiply-add; operands that the compiler does not know stay in registers.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static float MultiplyInRegisters(float* operands, int turns)
    {
        Vector512<float> a = Vector512.Load(operands), b = Vector512.Load(operands + 16);
        Vector512<float> s0 = a, s1 = a, s2 = a, s3 = a, s4 = a, s5 = a, s6 = a, s7 = a, s8 = a, s9 = a, s10 = a, s11 = a;
        for (int i = 0; i < turns; i++)
        {
            s0 = Vector512.FusedMultiplyAdd(a, b, s0);
            s1 = Vector512.FusedMultiplyAdd(a, b, s1);
            s2 = Vector512.FusedMultiplyAdd(a, b, s2);
            s3 = Vector512.FusedMultiplyAdd(a, b, s3);
            s4 = Vector512.FusedMultiplyAdd(a, b, s4);
            s5 = Vector512.FusedMultiplyAdd(a, b, s5);
            s6 = Vector512.FusedMultiplyAdd(a, b, s6);
            s7 = Vector512.FusedMultiplyAdd(a, b, s7);
            s8 = Vector512.FusedMultiplyAdd(a, b, s8);
            s9 = Vector512.FusedMultiplyAdd(a, b, s9);
            s10 = Vector512.FusedMultiplyAdd(a, b, s10);
            s11 = Vector512.FusedMultiplyAdd(a, b, s11);
        }

        return Vector512.Sum(s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11);
    }
}
