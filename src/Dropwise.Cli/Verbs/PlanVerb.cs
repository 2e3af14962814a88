using System.Collections.Immutable;
using System.CommandLine;
using System.Text;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.Planning;
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

    private readonly Argument<string> _model = new("model") { Description = "A nested file, whose levels are planned, or a model that is to be quantized." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The recipe to write.", Required = true };
    private readonly Option<string> _method = new("--method")
    {
        Description = "sensitivity measures levels of a nested file on text; ewq goes by the entropy of weights, fastewq by place alone; position (last blocks first) and random are there to compare with.",
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
    private readonly Option<string?> _reference = new("--reference") { Description = "With --method sensitivity: the model to be near to; the file itself at its highest level where none is named." };
    private readonly CalibrationTextOptions _text;
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
        Add(_reference);
        _text = new CalibrationTextOptions(this);
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
        int[] plan;
        ScorePlan? scores = null;
        ImmutableArray<ImmutableArray<double>> costs = [];
        if (method == Sensitivity)
        {
            long most = budget ?? throw new UsageException($"--method {Sensitivity} needs --target-bits or --target-size");
            (plan, costs) = Measure(parsed, model, tiers, most, session);
        }
        else
        {
            scores = Scores(parsed, model, tiers, method, session);
            plan = scores.Assign(tiers, parsed.GetValue(_factor), budget);
        }

        Recipe.Write(output, tiers.Recipe(plan));
        var report = new PlanReport(output, method, tiers.BitsPerWeight(plan), OtherBytes(model) + (tiers.BitsOf(plan) / 8), [
            .. plan.Select((tier, block) => new PlannedBlockReport(block, tiers.Tiers[tier].Name, scores?.Scores[block], costs.IsEmpty ? null : [.. costs[block]])),
        ]);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.PlanReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private void RequireConsistent(ParseResult parsed, string output, string path, string method)
    {
        if (output.Length == 0) throw new UsageException("--output is empty");
        if (Path.GetFullPath(output) == Path.GetFullPath(path)) throw new UsageException($"--output {output}: is the model itself");
        if (parsed.GetValue(_targetBits) is not null && parsed.GetValue(_targetSize) is not null) throw new UsageException("--target-bits and --target-size: one of them");
        if (parsed.GetValue(_targetBits) is { } bits && !(bits > 0)) throw new UsageException($"--target-bits is {bits}; it must be positive");
        if (!double.IsFinite(parsed.GetValue(_factor))) throw new UsageException("--factor must be a number");
        if (method == Sensitivity && !_text.IsGiven(parsed)) throw new UsageException($"--method {Sensitivity} needs --calibration, a text to measure with");
        if (method != Sensitivity && (_text.IsGiven(parsed) || parsed.GetValue(_reference) is not null)) throw new UsageException($"--method {method} reads no text and no reference");
    }

    private BlockTiers Tiers(ParseResult parsed, ModelSource model, string method, CommandSession session)
    {
        if (model.Matrices.Values.Any(static matrix => matrix.Row.Descriptor.Nested))
        {
            if (CommonOptions.IsGiven(parsed, _tiers)) throw new UsageException($"--tiers: {model.Path} is a nested file, whose levels are planned");
            return BlockTiers.OfLevels(model, parsed.GetValue(_lowest));
        }

        if (method == Sensitivity) throw new UsageException($"--method {Sensitivity} measures levels of a nested file, and {model.Path} is none; {Entropy} and {FastEwq} plan formats");
        if (CommonOptions.IsGiven(parsed, _lowest)) throw new UsageException($"--lowest: {model.Path} has no levels");
        string[] names = parsed.GetRequiredValue(_tiers).Split(',', StringSplitOptions.TrimEntries);
        return BlockTiers.OfFormats(model, names.Select(name => name == TensorRule.Unquantized ? null : session.Format(name)));
    }

    private long? Budget(ParseResult parsed, ModelSource model, BlockTiers tiers)
    {
        if (parsed.GetValue(_targetBits) is { } bits) return (long)(bits * tiers.Weights.Sum());
        if (parsed.GetValue(_targetSize) is not { } size) return null;
        long others = OtherBytes(model);
        return size > others ? 8 * (size - others) : throw new UsageException($"--target-size {size}: what is not in blocks takes {others} bytes");
    }

    private static long OtherBytes(ModelSource model)
    {
        var tensors = new DecoderTensors(model.Config, model.Tensors);
        var linears = Enumerable.Range(0, model.Config.Layers).SelectMany(block => tensors.Layer(block).Linears).Select(static linear => linear.Weight).ToHashSet(StringComparer.Ordinal);
        double bits = 0;
        foreach (CheckpointMatrix matrix in model.Matrices.Values)
        {
            if (!linears.Contains(matrix.Name)) bits += matrix.Row.Descriptor.BitsPerWeight(matrix.Levels, matrix.Rows, matrix.Columns, matrix.Outliers) * matrix.Rows * matrix.Columns;
        }

        return (long)(bits / 8) + HeaderBytes(model) + model.Tensors.Where(tensor => !linears.Contains(tensor.Name)).Sum(static tensor => tensor.ByteLength);
    }

    // Configuration and tokenizer are in the file too, escaped into its header, and each tensor has its entry and its padding.
    private static long HeaderBytes(ModelSource model)
    {
        const int entryBytes = 512;
        ModelTexts texts = model.Texts;
        long bytes = (long)entryBytes * (model.Tensors.Count() + model.Matrices.Count + (7 * model.Config.Layers));
        foreach (string? text in (string?[])[texts.Config, texts.Tokenizer, texts.TokenizerConfig])
        {
            if (text is null) continue;
            bytes += Encoding.UTF8.GetByteCount(text) + text.Count(static letter => letter is '"' or '\\' or < ' ');
        }

        return bytes;
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

    private (int[] Plan, ImmutableArray<ImmutableArray<double>> Costs) Measure(ParseResult parsed, ModelSource model, BlockTiers tiers, long budget, CommandSession session)
    {
        // Before the measurements, which take minutes.
        Knapsack.RequireRoom(tiers, budget);
        int threads = parsed.GetValue(_threads);
        if (parsed.GetValue(_reference) is { } original)
        {
            using ModelSource other = ModelSource.OpenAny(original, session.Formats);
            ReferenceModel.RequireSameTokens(model, other);
        }

        ImmutableArray<ImmutableArray<int>> windows = _text.Read(parsed, model, parsed.GetValue(_seed), threads, session);
        int context = windows[0].Length;
        using LoadedModel reference = LoadedModel.Open(parsed.GetValue(_reference) ?? model.Path, session);
        using var engine = new ModelEngine(reference.Weights, new EngineChoice(IsCuda: false, Gpus: 1, threads, Exact: false));
        using Session sequence = engine.NewSession(context, reference.Weights.Levels);

        // The nearest level to the budget: most blocks will be served there.
        int around = Enumerable.Range(0, tiers.Tiers.Length).MinBy(tier => Math.Abs(tiers.BitsOf(tiers.Uniform(tier)) - budget));
        return ProgressReport.Run(session.Terminal, "plan", progress =>
        {
            using var sensitivity = new LevelSensitivity(
                model.Path, session.Formats, tiers, sequence, [.. windows.SelectMany(static window => window)], context, new QuantizationRun(threads, session.Cancellation, progress));
            ImmutableArray<ImmutableArray<double>> costs = sensitivity.Measure(around);

            // Beside the exact solution for single costs: one level for all blocks, the first blocks high, the last blocks high.
            int[][] uniform = [.. Enumerable.Range(0, tiers.Tiers.Length).Select(tiers.Uniform).Where(plan => tiers.BitsOf(plan) <= budget).OrderByDescending(tiers.BitsOf).Take(1)];
            int[][] plans = [Knapsack.Solve(tiers, [.. costs], budget), .. uniform, .. new[] { -1, 1 }.Select(sign =>
                ScorePlan.Of([.. Enumerable.Range(0, tiers.Blocks).Select(block => (double)sign * block)]).Assign(tiers, parsed.GetValue(_factor), budget))];
            return (sensitivity.Improve(plans, parsed.GetValue(_seed)), costs);
        });
    }

    private static void Print(PlanReport report, Terminal terminal)
    {
        Table table = Terminal.Table(">block", "becomes", ">score", "costs, from the highest level");
        foreach (PlannedBlockReport block in report.Blocks)
            table.AddRow($"{block.Block}", block.Becomes, block.Score is { } score ? $"{score:0.000000}" : "", block.Costs is null ? "" : string.Join("  ", block.Costs.Select(static cost => $"{cost:0.00000}")));
        terminal.Show(table);
        terminal.Output.WriteLine($"{report.Output}: {report.BitsPerWeight:0.000} bits a weight of all blocks, {report.Bytes:N0} bytes");
    }
}
