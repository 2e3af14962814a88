using System.CommandLine;
using System.Globalization;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Cuda;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.EndToEnd;
using Dropwise.Quantization.EndToEnd.Codes;
using Dropwise.Quantization.Models.Journal;
using Dropwise.Quantization.Tuning;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise tune</c>: a quantized file comes closer to the model that it was made from.</summary>
internal sealed class TuneVerb : Verb
{
    private readonly Argument<string> _file = new("file") { Description = "The Dropwise file to tune." };
    private readonly Option<string> _reference = new("--reference") { Description = "The model that it was made from.", Required = true };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write.", Required = true };
    private readonly CalibrationTextOptions _text;
    private readonly Option<string?> _levels = new("--levels") { Description = "The levels that will be served, such as 2,3,4; all but the first where none is named." };
    private readonly Option<double> _balance = new("--balance")
    {
        Description = "What levels count: 1 over this power of their divergence before. 1: all gain alike in parts of their own; 0: divergences are added up, which favours the lowest.", DefaultValueFactory = static _ => 1,
    };

    private readonly Option<int> _steps = new("--steps") { Description = "Steps.", DefaultValueFactory = static _ => 200 };
    private readonly Option<int> _batch = new("--batch") { Description = "Windows a step and level.", DefaultValueFactory = static _ => 2 };
    private readonly Option<double> _rate = new("--rate")
    {
        Description = "The largest usual change of a value in one of the first steps, in parts of its own size.", DefaultValueFactory = static _ => 4e-3,
    };

    private readonly Option<int> _checks = new("--checks")
    {
        Description = "Times that held-out text is looked at on the way, and that the run keeps what --resume goes on from.", DefaultValueFactory = static _ => 5,
    };

    private readonly Option<string> _optimizer = new("--optimizer")
    {
        Description = "Steps of values other than codes: adam, each as its gradients agree, or lamb, all of a tensor the same part of its size.", DefaultValueFactory = static _ => "adam",
    };

    private readonly CodeTuningArguments _codes;
    private readonly Option<string> _device = DeviceOption.Create();
    private readonly Option<bool> _exact = new("--exact") { Description = "With --device cuda: gradients in float32 where TF32 would do, about three times as slow." };
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Go on with a run of the same options that was stopped, from the folder OUTPUT.partial that it left; begin anew where there is none.",
    };

    private readonly Option<int> _seed = CommonOptions.Seed();
    private readonly Option<int> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public TuneVerb()
        : base("tune", "Tune a quantized file as a whole on how its predictions differ from those of its original.")
    {
        Add(_file);
        Add(_reference);
        Add(_output);
        _text = new CalibrationTextOptions(this, "--text", "tune on", 256, mixes: true);
        Add(_levels);
        Add(_balance);
        CommonOptions.RequireAtLeast(_steps, 0);
        Add(_steps);
        CommonOptions.RequireAtLeast(_batch, 1);
        Add(_batch);
        Add(_rate);
        CommonOptions.RequireAtLeast(_checks, 1);
        Add(_checks);
        _optimizer.AcceptOnlyFromAmong("adam", "lamb");
        Add(_optimizer);
        _codes = new CodeTuningArguments(this);
        Add(_device);
        Add(_exact);
        Add(_resume);
        Add(_seed);
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        string path = parsed.GetRequiredValue(_file), output = parsed.GetRequiredValue(_output);
        CommonOptions.RequireOther(output, path, parsed.GetRequiredValue(_reference), _text.FileOf(parsed));
        if (!_text.IsGiven(parsed)) throw new UsageException("--text is missing: a text, or self to let the reference write one");
        double rate = parsed.GetValue(_rate);
        if (rate is not (> 0 and < 1)) throw new UsageException($"--rate is {rate}; it must be between 0 and 1");
        double balance = parsed.GetValue(_balance);
        if (balance is not (>= 0 and <= 2)) throw new UsageException($"--balance is {balance}; it must be from 0 to 2");
        if (parsed.GetValue(_exact) && !DeviceOption.IsCuda(parsed.GetValue(_device))) throw new UsageException("--exact is for --device cuda: the processor is exact");
        CodeTuningOptions? codes = _codes.Read(parsed);
        int steps = parsed.GetValue(_steps);
        if (codes is not null && steps > 0 && codes.Every > steps) throw new UsageException($"--code-every is {codes.Every}; no code would change in {steps} steps");
        int seed = parsed.GetValue(_seed), threads = parsed.GetValue(_threads);
        using ModelSource reference = ModelSource.OpenAny(parsed.GetRequiredValue(_reference), session.Formats);
        using ModelSource source = ModelSource.OpenAny(path, session.Formats);
        if (source is not CheckpointReader checkpoint) throw new CommandException($"{path}: is not a Dropwise file; `dropwise quantize` makes one");
        ReferenceModel.RequireSameTokens(checkpoint, reference);
        using CudaContext? context = DeviceOption.IsCuda(parsed.GetValue(_device)) ? DeviceOption.Open() : null;
        using CudaEngine? device = context is null ? null : new CudaEngine(context);
        var options = new EndToEndOptions
        {
            Device = device,
            IsExact = parsed.GetValue(_exact),
            Windows = _text.Read(parsed, reference, new TextWriting(seed, threads, device), session, parsed.GetValue(_resume) ? PartialOutput.ReadText(output) : default),
            IsDrawn = _text.IsDrawn(parsed),
            Resume = parsed.GetValue(_resume),
            Warning = warning => session.Terminal.Error.WriteLine($"warning: {warning}"),
            Levels = [.. ReadLevels(parsed.GetValue(_levels))],
            Balance = balance,
            Steps = steps,
            Batch = parsed.GetValue(_batch),
            Rate = rate,
            Checks = parsed.GetValue(_checks),
            Optimizer = parsed.GetValue(_optimizer) == "lamb" ? ValueOptimizer.Lamb : ValueOptimizer.Adam,
            Codes = codes,
            Seed = seed,
            Workers = threads,
        };
        ModelTuningResult result = Tune(checkpoint, reference, output, options, session);
        TuneReport report = new(
            output, [.. result.Levels], result.Elapsed.TotalSeconds, [.. result.Checks.Select(static check => new TuneCheckReport(check.Step, [.. check.Divergences], [.. check.Trained]))],
            [.. result.Stages.Select(static stage => new StageReport(stage.Name, stage.Elapsed.TotalSeconds))]);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.TuneReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private static ModelTuningResult Tune(CheckpointReader source, ModelSource reference, string output, EndToEndOptions options, CommandSession session) =>
        Interruption.WithJournal(output, () =>
            ProgressReport.Run(session.Terminal, "tune", progress => ModelTuner.Tune(source, reference, output, options, progress, session.Cancellation)));

    private static int[] ReadLevels(string? text)
    {
        if (text is null) return [];
        var levels = new List<int>();
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part, NumberStyles.Integer, CultureInfo.InvariantCulture, out int level) || level < 1 || levels.Contains(level))
                throw new UsageException($"--levels is '{text}'; it takes levels with commas between, such as 2,3,4");
            levels.Add(level);
        }

        return [.. levels.Order()];
    }

    private static void Print(TuneReport report, Terminal terminal)
    {
        // What is trained on beside what is held out: a gap says that the text is too short for so many steps.
        Table table = Terminal.Table([">step", .. report.Levels.SelectMany(static level => (string[])[$">level {level}", ">trained on"])]);
        foreach (TuneCheckReport check in report.Checks)
        {
            table.AddRow(
                [$"{check.Step}", .. check.Divergences.SelectMany((divergence, i) => (string[])[$"{divergence:0.00000}", i < check.Trained.Length ? $"{check.Trained[i]:0.00000}" : ""])]);
        }

        terminal.Show(table);
        string stages = string.Join(", ", report.Stages.Select(static stage => $"{stage.Name} {stage.Seconds:0.0}"));
        terminal.Output.WriteLine($"{report.Output}: divergence from the reference on held-out text and on the text trained on, nats a token; {report.Seconds:0.0} s ({stages})");
    }
}
