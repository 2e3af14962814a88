using System.Diagnostics;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;

namespace Dropwise.Cli.Benchmarks;

/// <summary>The speed of one format's product at one level, beside the speed of reading memory in the same rounds.</summary>
internal static class KernelBenchmark
{
    // Enough rounds for a median that ignores a few disturbances; a round takes some 20 ms of each side.
    private const int Rounds = 9;

    /// <summary>
    /// Code bytes that one thread looks up in product tables at most, in 10^9 a second, when nothing waits for memory: two byte permutes,
    /// a blend and the sums for every 64 codes on a Zen 4 core, which the best table kernel reaches from the second-level cache.
    /// </summary>
    public const double LookupLimitGbps = 28;

    /// <summary>Measures.</summary>
    /// <param name="row">The format.</param>
    /// <param name="level">The level, from 1.</param>
    /// <param name="shape">N and K.</param>
    /// <param name="tokens">Tokens M of a product.</param>
    /// <param name="team">The workers.</param>
    /// <param name="roofline">The buffer that memory speed is measured on.</param>
    /// <param name="cancellation">Ends the measurement between two rounds.</param>
    public static KernelReport Measure(
        FormatRow row, int level, MatrixShape shape, int tokens, WorkerTeam team, ReadRoofline roofline, CancellationToken cancellation)
    {
        using var matrices = new RotatedMatrices(row, level, shape, tokens);

        // The first pass grows the buffers of the activations.
        matrices.MultiplyAll(team);
        double[] seconds = new double[Rounds], roof = new double[Rounds], ofRoof = new double[Rounds], ofLimit = new double[Rounds];
        for (int round = 0; round < Rounds; round++)
        {
            cancellation.ThrowIfCancellationRequested();
            roof[round] = roofline.Measure(team);
            long start = Stopwatch.GetTimestamp();
            matrices.MultiplyAll(team);
            seconds[round] = Stopwatch.GetElapsedTime(start).TotalSeconds / matrices.Count;
            double gbps = matrices.BytesRead / seconds[round] * 1e-9;
            ofRoof[round] = gbps / roof[round];
            ofLimit[round] = gbps / Math.Min(roof[round], LookupLimitGbps * team.Workers);
        }

        KernelEntry? kernel = row.Find(KernelOp.Gemv, level, CpuFeatures.Selected);
        double median = Statistics.Median(seconds);
        return new KernelReport(
            row.Descriptor.Name,
            level,
            tokens == 1 ? "gemv" : "gemm",
            CpuFeatures.NameOf(kernel?.Isa ?? CpuFeatures.Selected),
            tokens,
            shape.Rows,
            shape.Columns,
            team.Workers,
            median,
            matrices.BytesRead / median * 1e-9,
            Statistics.Median(roof),
            Statistics.Median(ofLimit),
            Statistics.Median(ofRoof));
    }
}
