using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Dropwise.Cli.Benchmarks;
using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Benchmarks;

/// <summary>One token's product with a matrix of each format and level that is registered, weights coming from memory.</summary>
[Config(typeof(Columns))]
public class KernelBenchmarks
{
    private RotatedMatrices _matrices = null!;
    private WorkerTeam _team = null!;

    /// <summary>Every format at every level, spelled <c>format/level</c>.</summary>
    public static IEnumerable<string> Kernels =>
        from row in FormatTable.Rows
        from level in Enumerable.Range(1, row.Descriptor.Levels)
        select $"{row.Descriptor.Name}/{level}";

    /// <summary>The format and level that is timed.</summary>
    [ParamsSource(nameof(Kernels))]
    public string Kernel { get; set; } = "";

    /// <summary>N and K of the matrix.</summary>
    [Params("8192x8192", "14336x4096")]
    public string Shape { get; set; } = "";

    /// <summary>Workers of the team.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Makes more copies of the matrix than the caches hold, and measures what reading memory takes just before.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        string[] parts = Kernel.Split('/');
        MatrixShape.TryParse(Shape, out MatrixShape shape);
        FormatRow row = new FormatRegistry(FormatTable.Rows)[parts[0]];
        _team = new WorkerTeam(Threads);
        _matrices = new RotatedMatrices(row, int.Parse(parts[1]), shape, tokens: 1);
        _matrices.MultiplyAll(_team);
        using var roofline = new ReadRoofline();
        double[] speeds = [.. Enumerable.Range(0, 9).Select(_ => roofline.Measure(_team))];
        Measured.Record(Kernel, Shape, Threads, (double)_matrices.BytesRead * _matrices.Count, Statistics.Median(speeds));
    }

    /// <summary>Frees the matrices.</summary>
    [GlobalCleanup]
    public void Release()
    {
        _matrices.Dispose();
        _team.Dispose();
    }

    /// <summary>Multiplies all copies, one after the other.</summary>
    [Benchmark]
    public void Multiply() => _matrices.MultiplyAll(_team);

    private sealed class Columns : ManualConfig
    {
        public Columns() => AddColumn(SpeedColumn.Gigabytes, SpeedColumn.ShareOfMemory);
    }
}
