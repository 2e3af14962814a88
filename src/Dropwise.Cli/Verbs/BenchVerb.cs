using System.CommandLine;
using Dropwise.Cli.Benchmarks;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise bench</c>: every kernel against the measured speed of memory.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly Option<string[]> _formats = new("--format") { Description = "The formats to time; all where none is named.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _level = CommonOptions.Level();
    private readonly Option<string[]> _shapes = new("--shape")
    {
        Description = "Shapes NxK of the matrix.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => ["8192x8192", "14336x4096"],
    };

    private readonly Option<int> _tokens = new("--tokens") { Description = "Tokens of a product.", DefaultValueFactory = static _ => 1 };
    private readonly Option<int[]> _threads = new("--threads")
    {
        Description = "Numbers of threads.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => Environment.ProcessorCount == 1 ? [1] : [1, Environment.ProcessorCount],
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public BenchVerb()
        : base("bench", "The speed of every kernel beside the speed of memory.")
    {
        CommonOptions.RequireAtLeast(_tokens, 1);
        _threads.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int[]>()!.Any(threads => threads < 1)) result.AddError("--threads must be at least 1");
        });
        Add(_formats);
        Add(_level);
        Add(_shapes);
        Add(_tokens);
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        MatrixShape[] shapes = [.. parsed.GetRequiredValue(_shapes).Select(ParseShape)];
        FormatRow[] rows = parsed.GetValue(_formats) is { Length: > 0 } names ? [.. names.Select(session.Format)] : [.. session.Formats.Rows];
        int[] threads = parsed.GetRequiredValue(_threads);
        (FormatRow Row, int Level, MatrixShape Shape, int Threads)[] work =
        [
            .. from count in threads
               from shape in shapes
               from row in rows
               where shape.Columns % row.Descriptor.Dimension == 0
               from level in Enumerable.Range(1, row.Descriptor.Levels)
               where parsed.GetValue(_level) is not { } only || level == only
               select (row, level, shape, count),
        ];
        if (work.Length == 0) throw new UsageException("no kernel has that format, level and shape");

        KernelReport[] kernels = ProgressReport.Run(session.Terminal, "bench", progress => MeasureAll(work, parsed.GetValue(_tokens), session, progress));
        double roofline = Statistics.Median([.. kernels.Where(kernel => kernel.Threads == threads.Max()).Select(kernel => kernel.RooflineGbps)]);
        var report = new BenchReport(
            Processor.Name(), CpuFeatures.NameOf(CpuFeatures.Selected), Processor.IsNativeFile, roofline, KernelBenchmark.LookupLimitGbps, kernels);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.BenchReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private static KernelReport[] MeasureAll(
        (FormatRow Row, int Level, MatrixShape Shape, int Threads)[] work, int tokens, CommandSession session, Action<double> progress)
    {
        using var roofline = new ReadRoofline();
        var reports = new KernelReport[work.Length];
        foreach (IGrouping<int, int> sameTeam in Enumerable.Range(0, work.Length).GroupBy(index => work[index].Threads))
        {
            using var team = new WorkerTeam(sameTeam.Key);
            foreach (int index in sameTeam)
            {
                reports[index] = KernelBenchmark.Measure(work[index].Row, work[index].Level, work[index].Shape, tokens, team, roofline, session.Cancellation);
                progress((index + 1.0) / work.Length);
            }
        }

        return reports;
    }

    private static MatrixShape ParseShape(string text) => MatrixShape.TryParse(text, out MatrixShape shape)
        ? shape
        : throw new UsageException($"--shape is '{text}'; it takes NxK, such as 8192x8192");

    private static void Print(BenchReport report, Terminal terminal)
    {
        Table table = Terminal.Table("format", ">level", "op", "engine", ">N x K", ">threads", ">us", ">GB/s", ">memory GB/s", ">ratio");
        foreach (KernelReport kernel in report.Kernels)
        {
            table.AddRow(
                kernel.Format, $"{kernel.Level}", kernel.Op, kernel.Engine, $"{kernel.N}x{kernel.K}", $"{kernel.Threads}",
                $"{kernel.Seconds * 1e6:0.0}", $"{kernel.Gbps:0.0}", $"{kernel.RooflineGbps:0.0}", $"{kernel.Ratio:0.00}");
        }

        terminal.Show(table);
        terminal.Output.WriteLine($"ratio: of the smaller of memory and {report.LookupLimitGbps} GB/s of table look-ups a thread");
    }
}
