using System.CommandLine;
using Dropwise.Cli.Benchmarks;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Inference;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise bench</c>: every kernel against the measured speed of memory, and whole models.</summary>
internal sealed class BenchVerb : Verb
{
    private readonly Option<string[]> _formats = new("--format") { Description = "The formats to time; all where none is named.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _level = CommonOptions.Level();
    private readonly Option<string[]> _shapes = new("--shape")
    {
        Description = $"Shapes NxK of a matrix, or whole models: {string.Join(", ", ModelShapes.All.Keys.Order())}.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => ["8192x8192", "14336x4096"],
    };

    private readonly Option<int> _tokens = new("--tokens") { Description = "Tokens of a product of one matrix.", DefaultValueFactory = static _ => 1 };
    private readonly Option<string> _head = new("--head") { Description = "The format of a whole model's head.", DefaultValueFactory = static _ => "int8g32" };
    private readonly Option<int[]> _threads = new("--threads")
    {
        Description = "Numbers of threads.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => Environment.ProcessorCount == 1 ? [1] : [1, Environment.ProcessorCount],
    };

    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public BenchVerb()
        : base("bench", "The speed of every kernel beside the speed of memory, and of whole models.")
    {
        CommonOptions.RequireAtLeast(_tokens, 1);
        _threads.Validators.Add(static result =>
        {
            foreach (int threads in result.GetValueOrDefault<int[]>()!.Where(threads => threads < 1)) result.AddError($"--threads is {threads}; it must be at least 1");
        });
        Add(_formats);
        Add(_level);
        Add(_shapes);
        Add(_tokens);
        Add(_head);
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        FormatRow[] formats = parsed.GetValue(_formats) is { Length: > 0 } names ? [.. names.Select(session.Format)] : [.. session.Formats.Rows];
        (FormatRow Row, int Level)[] levels =
        [
            .. from row in formats
               from level in Enumerable.Range(1, row.Descriptor.Levels)
               where parsed.GetValue(_level) is not { } only || level == only
               select (row, level),
        ];
        if (levels.Length == 0) throw new UsageException($"--bits {parsed.GetValue(_level)}: none of the formats has that level");

        ILookup<bool, string> shapes = parsed.GetRequiredValue(_shapes).ToLookup(ModelShapes.All.ContainsKey);
        MatrixShape[] matrices = [.. shapes[false].Select(ParseShape)];
        FormatRow head = session.Format(parsed.GetRequiredValue(_head));
        int[] threads = parsed.GetRequiredValue(_threads);
        BenchReport report = ProgressReport.Run(session.Terminal, "bench", progress =>
        {
            var measurement = new Measurement(threads, session.Cancellation, progress, threads.Length * levels.Length * (matrices.Length + shapes[true].Count()));
            KernelReport[] kernels = [.. measurement.Kernels(levels, matrices, parsed.GetValue(_tokens))];
            ModelSpeedReport[] models = [.. measurement.Models(levels, head, shapes[true])];
            return new BenchReport(
                Processor.Name(),
                CpuFeatures.NameOf(CpuFeatures.Selected),
                Processor.IsNativeFile,
                measurement.RooflineGbps,
                KernelBenchmark.LookupLimitGbps,
                kernels,
                models);
        });
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.BenchReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private static MatrixShape ParseShape(string text) => MatrixShape.TryParse(text, out MatrixShape shape)
        ? shape
        : throw new UsageException($"--shape is '{text}'; it takes NxK, such as 8192x8192, or one of {string.Join(", ", ModelShapes.All.Keys.Order())}");

    private static void Print(BenchReport report, Terminal terminal)
    {
        if (report.Kernels.Length > 0)
        {
            Table kernels = Terminal.Table("format", ">level", "op", "engine", ">N x K", ">threads", ">us", ">GB/s", ">memory GB/s", ">ratio");
            foreach (KernelReport kernel in report.Kernels)
            {
                kernels.AddRow(
                    kernel.Format, $"{kernel.Level}", kernel.Op, kernel.Engine, $"{kernel.N}x{kernel.K}", $"{kernel.Threads}",
                    $"{kernel.Seconds * 1e6:0.0}", $"{kernel.Gbps:0.0}", $"{kernel.RooflineGbps:0.0}", $"{kernel.Ratio:0.00}");
            }

            terminal.Show(kernels);
            terminal.Output.WriteLine($"ratio: of the smaller of memory and {report.LookupLimitGbps} GB/s of table look-ups a thread");
        }

        if (report.Models.Length > 0)
        {
            Table models = Terminal.Table("shape", "format", "head", ">level", ">threads", ">decode tokens/s", ">GB/s", ">prompt tokens/s");
            foreach (ModelSpeedReport model in report.Models)
            {
                models.AddRow(
                    model.Shape, model.Format, model.Head, $"{model.Level}", $"{model.Threads}",
                    $"{model.DecodeTokensPerSecond:0.0}", $"{model.DecodeGbps:0.0}", $"{model.PromptTokensPerSecond:0.0}");
            }

            terminal.Show(models);
        }
    }
}
