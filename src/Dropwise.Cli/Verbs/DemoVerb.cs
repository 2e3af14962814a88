using System.CommandLine;
using System.Diagnostics;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Cuda;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Models;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise demo</c>: the main job on the model that comes with Dropwise.</summary>
internal sealed class DemoVerb : Verb
{
    private const string Format = "dbd4x8g8";

    private readonly EngineOptions _engine;
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public DemoVerb()
        : base("demo", "Quantize the model that comes with Dropwise, measure it, and let it tell a story at every level.")
    {
        _engine = new EngineOptions(this, exact: false);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        EngineChoice choice = _engine.Read(parsed);

        // Nobody should wait for a model to be quantized only to hear then that there is no device to run it.
        if (choice.IsCuda) CudaLibrary.Require(choice.Gpus);
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dropwise-demo-");
        try
        {
            DemoReport report = Demonstrate(Path.Combine(folder.FullName, "demo.safetensors"), choice, session);
            if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.DemoReport);
            else Print(report, session.Terminal);
            return ExitCodes.Success;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static DemoReport Demonstrate(string output, EngineChoice choice, CommandSession session)
    {
        long start = Stopwatch.GetTimestamp();
        string original = DefaultModel.Find();
        string text = TextFile.Read(Path.Combine(original, "heldout.txt"));
        ModelSummary summary = ProgressReport.Run(session.Terminal, $"quantize to {Format}", progress => Quantize(original, output, choice.Threads, session, progress));

        double unquantized;
        using (LoadedModel whole = LoadedModel.Open(original, session))
        using (var wholeEngine = new ModelEngine(whole.Weights, choice))
            unquantized = Perplexity(whole, wholeEngine, 1, "unquantized");

        using LoadedModel model = LoadedModel.Open(output, session);
        using var engine = new ModelEngine(model.Weights, choice);
        var levels = new DemoLevelReport[summary.BitsPerWeight.Length];
        for (int level = 1; level <= levels.Length; level++)
        {
            double perplexity = Perplexity(model, engine, level, $"level {level}");
            (string story, double speed) = Demonstration.Tell(model, engine, level, session.Cancellation);
            levels[level - 1] = new DemoLevelReport(level, summary.BitsPerWeight[level - 1], summary.LevelEnds[level - 1], perplexity, speed, story);
        }

        return new DemoReport(
            original, Format, summary.Elapsed.TotalSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds, Demonstration.Windows, unquantized, levels);

        double Perplexity(LoadedModel measured, ModelEngine runs, int level, string title) => ProgressReport.Run(
            session.Terminal,
            $"perplexity, {title}",
            progress => Demonstration.Perplexity(measured, runs, level, text, session.Cancellation, progress));
    }

    private static ModelSummary Quantize(string original, string output, int threads, CommandSession session, Action<double> progress)
    {
        using ModelFolder source = ModelFolder.Open(original);

        // As `dropwise quantize` does it, so that whoever repeats the steps by hand gets the demo's figures.
        var options = new ModelQuantizationOptions
        {
            Format = session.Format(Format), Additive = new AdditiveOptions { Seed = CommonOptions.DefaultSeed }, Workers = threads,
        };
        return ModelQuantizer.Quantize(source, output, options, state => progress(state.Fraction), session.Cancellation);
    }

    private static void Print(DemoReport report, Terminal terminal)
    {
        terminal.Output.WriteLine($"{report.Model} quantized to {report.Format} in {report.QuantizeSeconds:0.0} s: one file, {report.Levels.Length} levels");
        Table table = Terminal.Table("level", ">bits a weight", ">file bytes", ">perplexity", ">tokens/s");
        table.AddRow("unquantized", "16", "", $"{report.UnquantizedPerplexity:0.000}", "");
        foreach (DemoLevelReport level in report.Levels.Reverse())
            table.AddRow($"{level.Level}", $"{level.BitsPerWeight:0.000}", $"{level.FileBytes:N0}", $"{level.Perplexity:0.000}", $"{level.TokensPerSecond:N0}");
        terminal.Show(table);
        terminal.Output.WriteLine($"perplexity on the first {report.Windows} windows of the held-out text; the file cut after a level's bytes is that level's model");
        foreach (DemoLevelReport level in report.Levels.Reverse())
        {
            terminal.Output.WriteLine();
            terminal.Output.WriteLine($"level {level.Level}: {level.Story}");
        }

        terminal.Output.WriteLine();
        terminal.Output.WriteLine($"{report.Seconds:0.0} s in all");
    }
}
