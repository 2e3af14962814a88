using System.Collections.Immutable;
using System.CommandLine;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Cuda;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.Planning;
using Dropwise.Quantization.Planning.Sensitivity;
using Dropwise.Quantization.Recipes;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise plan</c>: which blocks get how many bits, as a recipe.</summary>
internal sealed class PlanVerb : Verb
{
    private const string Sensitivity = "sensitivity";
    private const string Entropy = "ewq";
    private const string FastEwq = "fastewq";
    private const string Position = "position";
    private const string Chance = "random";

    // Sixteen for costs and as many for whole plans: on two cores seconds for a model of 7 M parameters, and half an hour for 135 M.
    private const int DefaultWindows = 32;
    private const string Divergence = "divergence";
    private const string Moments = "moments";

    private readonly Argument<string> _model = new("model") { Description = "A nested file, whose levels are planned, or a model that is to be quantized." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The recipe to write.", Required = true };
    private readonly Option<string> _method = new("--method")
    {
        Description = "sensitivity measures each block on text; ewq goes by the entropy of weights, fastewq by place alone; position (last blocks first) and random are there to compare with.",
        DefaultValueFactory = static _ => Sensitivity,
    };

    private readonly Option<double?> _targetBits = new("--target-bits") { Description = "Bits a weight that the linear layers of all blocks may take together." };
    private readonly Option<long?> _targetSize = new("--target-size") { Description = "Bytes that the whole model may take." };
    private readonly Option<double> _factor = new("--factor") { Description = "Where scores decide: deviations below the mean where the third tier begins.", DefaultValueFactory = static _ => 1 };
    private readonly Option<string> _tiers = new("--tiers")
    {
        Description = "For a model that is to be quantized: formats from the most bits to the fewest, with commas between; none for weights that stay as they are.",
        DefaultValueFactory = static _ => "none,int8g32,int4g32",
    };

    private readonly Option<int> _lowest = new("--lowest") { Description = "For a nested file: the lowest level that a block may be served at.", DefaultValueFactory = static _ => 2 };
    private readonly Option<string> _measure = new("--measure")
    {
        Description = "With --method sensitivity: divergence of predictions where a block changes, and of whole plans; or moments, the error of its weights as their inputs see it, which costs one pass over the text.",
        DefaultValueFactory = static _ => Divergence,
    };

    private readonly Option<string?> _reference = new("--reference") { Description = "With --method sensitivity: the model to be near to; the model itself, at its highest level, where none is named." };
    private readonly CalibrationTextOptions _text;
    private readonly Option<string> _device = DeviceOption.Create();
    private readonly Option<int> _seed = CommonOptions.Seed();
    private readonly Option<int> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public PlanVerb()
        : base("plan", "Decide which blocks get how many bits, and write it as a recipe.")
    {
        _method.AcceptOnlyFromAmong(Sensitivity, Entropy, FastEwq, Position, Chance);
        CommonOptions.RequireAtLeast(_lowest, 1);
        Add(_model);
        Add(_output);
        Add(_method);
        Add(_targetBits);
        Add(_targetSize);
        Add(_factor);
        Add(_tiers);
        Add(_lowest);
        _measure.AcceptOnlyFromAmong(Divergence, Moments);
        Add(_measure);
        Add(_reference);
        _text = new CalibrationTextOptions(this, use: "measure with", samples: DefaultWindows);
        Add(_device);
        Add(_seed);
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        string output = parsed.GetRequiredValue(_output), path = parsed.GetRequiredValue(_model), method = parsed.GetRequiredValue(_method);
        RequireConsistent(parsed, output, path, method);
        using ModelSource model = ModelSource.OpenAny(path, session.Formats);
        BlockTiers tiers = Tiers(parsed, model, method, session);
        long? budget = Budget(parsed, model, tiers);
        ScorePlan? scores = method == Sensitivity ? null : Scores(parsed, model, tiers, method, session);
        MeasuredPlan? measured = scores is null
            ? Measure(parsed, model, tiers, budget ?? throw new UsageException($"--method {Sensitivity} needs --target-bits or --target-size"), session)
            : null;
        int[] plan = measured is null ? scores!.Assign(tiers, parsed.GetValue(_factor), budget) : [.. measured.Plan];
        Recipe.Write(output, tiers.Recipe(plan));
        var report = new PlanReport(
            output,
            method,
            tiers.BitsPerWeight(plan),
            PlanSize.BytesBesideBlocks(model) + (tiers.BitsOf(plan) / 8),
            [.. plan.Select((tier, block) => new PlannedBlockReport(block, tiers.Tiers[tier].Name, scores?.Scores[block], measured is null ? null : [.. measured.Costs[block]]))],
            [.. (measured?.Candidates ?? []).Select(candidate => new PlanCandidateReport(
                candidate.Name, tiers.BitsPerWeight(candidate.Plan), candidate.Divergence, candidate.Difference.Mean,
                double.IsFinite(candidate.Difference.StandardError) ? candidate.Difference.StandardError : null))]);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.PlanReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private void RequireConsistent(ParseResult parsed, string output, string path, string method)
    {
        CommonOptions.RequireOther(output, path, parsed.GetValue(_reference), _text.FileOf(parsed));

        // Before the measurements, which take minutes.
        if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(output)))) throw new CommandException($"{output}: cannot be written: no such folder");
        _text.RefuseUnread(parsed);
        if (parsed.GetValue(_targetBits) is not null && parsed.GetValue(_targetSize) is not null) throw new UsageException("--target-bits and --target-size: one of them");
        if (parsed.GetValue(_targetBits) is { } bits && !(bits > 0)) throw new UsageException($"--target-bits is {bits}; it must be positive");
        if (!double.IsFinite(parsed.GetValue(_factor))) throw new UsageException("--factor must be a number");
        if (method == Sensitivity && !_text.IsGiven(parsed)) throw new UsageException($"--method {Sensitivity} needs --calibration, a text to measure with");
        if (method != Sensitivity && (_text.IsGiven(parsed) || parsed.GetValue(_reference) is not null)) throw new UsageException($"--method {method} reads no text and no reference");
        if (method == Sensitivity && parsed.GetValue(_measure) == Moments && CommonOptions.IsGiven(parsed, _factor)) throw new UsageException($"--factor is not for --measure {Moments}, which has no scores");
        if (method == Sensitivity) return;
        foreach (Option option in (Option[])[_measure, _device])
        {
            if (CommonOptions.IsGiven(parsed, option)) throw new UsageException($"{option.Name} is for --method {Sensitivity}");
        }
    }

    private BlockTiers Tiers(ParseResult parsed, ModelSource model, string method, CommandSession session)
    {
        if (model.Matrices.Values.Any(static matrix => matrix.Row.Descriptor.Nested))
        {
            if (CommonOptions.IsGiven(parsed, _tiers)) throw new UsageException($"--tiers: {model.Path} is a nested file, whose levels are planned");
            return BlockTiers.OfLevels(model, parsed.GetValue(_lowest));
        }

        if (CommonOptions.IsGiven(parsed, _lowest)) throw new UsageException($"--lowest: {model.Path} has no levels");
        string[] names = parsed.GetRequiredValue(_tiers).Split(',', StringSplitOptions.TrimEntries);
        return BlockTiers.OfFormats(model, names.Select(name => name == TensorRule.Unquantized ? null : session.Format(name)));
    }

    private long? Budget(ParseResult parsed, ModelSource model, BlockTiers tiers)
    {
        if (parsed.GetValue(_targetBits) is { } bits) return (long)(bits * tiers.Weights.Sum());
        if (parsed.GetValue(_targetSize) is not { } size) return null;
        long others = PlanSize.BytesBesideBlocks(model);
        return size > others ? 8 * Math.Min(size - others, long.MaxValue / 8) : throw new UsageException($"--target-size {size}: what is not in blocks takes {others} bytes");
    }

    private ScorePlan Scores(ParseResult parsed, ModelSource model, BlockTiers tiers, string method, CommandSession session)
    {
        if (method == Entropy)
        {
            return ScorePlan.Of(ProgressReport.Run(session.Terminal, "plan", progress =>
                BlockEntropy.Of(model, new QuantizationRun(parsed.GetValue(_threads), session.Cancellation, progress))));
        }

        // What is expected counts in deviations from the mean of a model's own blocks.
        if (method == FastEwq) return new ScorePlan(FastEntropy.Scores(tiers.Blocks), 0, 1);
        var random = new Random(parsed.GetValue(_seed));
        return ScorePlan.Of([.. Enumerable.Range(0, tiers.Blocks).Select(block => method == Position ? -block : random.NextDouble())]);
    }

    private MeasuredPlan Measure(ParseResult parsed, ModelSource model, BlockTiers tiers, long budget, CommandSession session)
    {
        // Before the measurements, which take minutes.
        Knapsack.RequireRoom(tiers, budget);
        int threads = parsed.GetValue(_threads), seed = parsed.GetValue(_seed);
        using ModelSource? other = parsed.GetValue(_reference) is { } original ? ModelSource.OpenAny(original, session.Formats) : null;
        if (other is not null) ReferenceModel.RequireSameTokens(model, other);
        using CudaContext? context = DeviceOption.IsCuda(parsed.GetValue(_device)) ? DeviceOption.Open() : null;
        using CudaEngine? device = context is null ? null : new CudaEngine(context);
        var options = new PlanMeasurementOptions
        {
            Windows = _text.Read(parsed, model, new TextWriting(seed, threads), session),
            Budget = budget,
            ByMoments = parsed.GetValue(_measure) == Moments,
            Factor = parsed.GetValue(_factor),
            Seed = seed,
            Device = device,
            Workers = threads,
        };
        WarnOfFewWindows(options, _text.SamplesOf(parsed), session.Terminal);
        return ProgressReport.Run(session.Terminal, "plan", progress => PlanMeasurement.Of(model, other ?? model, tiers, options, progress, session.Cancellation));
    }

    private static void WarnOfFewWindows(PlanMeasurementOptions options, int samples, Terminal terminal)
    {
        int windows = options.Windows.Length;
        if (windows < samples) terminal.Error.WriteLine($"warning: the text has {windows} windows of {options.Windows[0].Length} tokens, fewer than --samples {samples}");
        if (options.ByMoments || options.HoldsOut) return;
        terminal.Error.WriteLine(windows == 1
            ? "warning: one window of text tells no two plans apart: the simplest is kept"
            : $"warning: with {windows} windows of text, plans are judged on the windows that their costs are from");
    }

    private static void Print(PlanReport report, Terminal terminal)
    {
        Table table = Terminal.Table(">block", "becomes", ">score", "costs, from the highest level");
        foreach (PlannedBlockReport block in report.Blocks)
            table.AddRow($"{block.Block}", block.Becomes, block.Score is { } score ? $"{score:0.000000}" : "", block.Costs is null ? "" : string.Join("  ", block.Costs.Select(static cost => $"{cost:0.00000}")));
        terminal.Show(table);
        if (report.Candidates.Length > 0)
        {
            Table candidates = Terminal.Table("plan", ">bits a weight", ">divergence", ">more than the chosen one", ">± stderr");
            foreach (PlanCandidateReport candidate in report.Candidates)
                candidates.AddRow(candidate.Name, $"{candidate.BitsPerWeight:0.000}", $"{candidate.Divergence:0.00000}", $"{candidate.Difference:0.00000}", candidate.StandardError is { } error ? $"{error:0.00000}" : "");
            terminal.Show(candidates);
        }

        terminal.Output.WriteLine($"{report.Output}: {report.BitsPerWeight:0.000} bits a weight of all blocks, {report.Bytes:N0} bytes");
    }
}
