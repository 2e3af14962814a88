using System.CommandLine;
using System.Globalization;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Feedback;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Models.Journal;
using Dropwise.Quantization.Recipes;
using Dropwise.Quantization.Tuning;
using Spectre.Console;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise quantize</c>: a model in, one Dropwise file out.</summary>
internal sealed class QuantizeVerb : Verb
{
    private const string RoundToNearest = "rtn";
    private const string Additive = "additive";
    private const string Auto = "auto";

    // What held-out text asks for at a layer is more than what serves the layers behind it: half was better on SmolLM2 at every level (bench/results).
    private const string DefaultBlend = "0.5";

    private readonly ModelArgument _model = new("model");
    private readonly Option<string?> _format = new("--format") { Description = "The format of the linear layers; `dropwise formats` lists them." };
    private readonly Option<string?> _recipe = new("--recipe") { Description = "A recipe that says what becomes of each weight, and at which level each block will be served." };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The file to write.", Required = true };
    private readonly Option<string?> _method = new("--method")
    {
        Description = "rtn for uniform and lookup formats, additive for codebooks; with --calibration error feedback is the default: ldlq for codebooks (at every level; aqlm, and dbd for nested ones, are those of the papers), gptq for uniform and lookup formats, spqr for those with outliers.",
    };

    private readonly CalibrationTextOptions _calibration;
    private readonly Option<string> _blend = new("--blend")
    {
        Description = "With --calibration: how much of what inputs have lost in quantized layers is made up for, 0 to 1, or auto to choose it by held-out text.",
        DefaultValueFactory = static _ => DefaultBlend,
    };

    private readonly Option<int> _tuning = new("--block-tuning")
    {
        Description = "With --calibration: steps of training of each layer's codebooks, scales and norms on the layer's error at all served levels; 0 for none.",
        DefaultValueFactory = static _ => 0,
    };

    private readonly Option<string> _weights = new("--weights")
    {
        Description = "What each level of a nested format counts: uniform, served, 35W (levels 3 and 5 of five), or one number a level such as 0.01,1,1,1.",
        DefaultValueFactory = static _ => LevelWeights.Served.Name,
    };

    private readonly Option<double?> _bits = new("--bits")
    {
        Description = "Method spqr: bits a weight that each matrix may take; as many weights become outliers as fit. One in a hundred where it is not given.",
    };

    private readonly Option<string?> _head = new("--head") { Description = "The format of the head; it stays as it is where none is named." };
    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "With --calibration: go on with a run of the same options that was stopped, from the folder OUTPUT.partial that it left; begin anew where there is none.",
    };

    private readonly Option<string> _device = DeviceOption.Create();
    private readonly Option<int> _seed = CommonOptions.Seed();
    private readonly Option<int> _threads = CommonOptions.Threads();
    private readonly Option<bool> _json = CommonOptions.Json();

    /// <summary>Describes the verb.</summary>
    public QuantizeVerb()
        : base("quantize", "Quantize a model into one file that holds every level.")
    {
        _method.AcceptOnlyFromAmong([RoundToNearest, Additive, .. CalibratedMethod.All.Select(static method => method.Name)]);
        _model.AddTo(this);
        Add(_format);
        Add(_recipe);
        Add(_output);
        Add(_method);
        _calibration = new CalibrationTextOptions(this);
        Add(_blend);
        CommonOptions.RequireAtLeast(_tuning, 0);
        Add(_tuning);
        Add(_weights);
        Add(_bits);
        Add(_head);
        Add(_resume);
        Add(_device);
        Add(_seed);
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        string output = parsed.GetRequiredValue(_output);
        CommonOptions.RequireOther(output, _model.Of(parsed), parsed.GetValue(_recipe), _calibration.FileOf(parsed));
        ModelQuantizationOptions options = ReadOptions(parsed, session);
        CalibratedMethod? method = ReadMethod(parsed, options);
        bool usesText = UsesText(parsed, options, method);
        string? effective = usesText ? (method ?? (options.Format is { } row ? CalibratedMethod.DefaultOf(row.Descriptor) : null))?.Name : null;
        if (parsed.GetValue(_bits) is not null && effective != "spqr") throw new UsageException("--bits is for --method spqr with --calibration: other formats take what they take");
        double? blend = ReadBlend(parsed.GetRequiredValue(_blend));
        string path = _model.Of(parsed);
        using ModelSource source = ModelSource.OpenAny(path, session.Formats);
        if (source is CheckpointReader) throw new CommandException($"{path}: is quantized already; quantize its original");
        int steps = parsed.GetValue(_tuning);
        bool resume = parsed.GetValue(_resume), isCuda = DeviceOption.IsCuda(parsed.GetValue(_device));
        if (isCuda && !usesText) throw new UsageException("--device cuda needs --calibration: without text weights are quantized on the processor");
        if (!usesText && resume) throw new UsageException("--resume needs --calibration: without text nothing takes long, and a run that stops leaves nothing behind");
        if (!usesText && steps > 0) throw new UsageException("--block-tuning needs --calibration and a method that looks at text");
        if (usesText)
        {
            options = options with
            {
                Resume = resume,
                Warning = warning => session.Terminal.Error.WriteLine($"warning: {warning}"),
                Calibration = new CalibrationOptions
                {
                    Method = method,
                    Windows = _calibration.Read(parsed, source, new TextWriting(options.Additive.Seed, options.Workers), session, resume ? PartialOutput.ReadText(output) : default),
                    IsDrawn = _calibration.IsDrawn(parsed),
                    Blend = blend,
                    Tuning = steps == 0 ? null : new BlockTuningOptions { Steps = steps },
                },
            };
        }

        using CudaContext? context = isCuda ? DeviceOption.Open() : null;
        using CudaEngine? device = context is null ? null : new CudaEngine(context);
        ModelSummary summary = Quantize(source, output, options with { Device = device }, session);
        QuantizeReport report = Describe(output, summary);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.QuantizeReport);
        else Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private static ModelSummary Quantize(ModelSource source, string output, ModelQuantizationOptions options, CommandSession session) =>
        Interruption.WithJournal(output, () => ProgressReport.Run(session.Terminal, "quantize", progress =>
            ModelQuantizer.Quantize(source, output, options, state => progress(state.Fraction), session.Cancellation)));

    private ModelQuantizationOptions ReadOptions(ParseResult parsed, CommandSession session)
    {
        FormatRow? format = parsed.GetValue(_format) is { } name ? session.Format(name) : null;
        Recipe? recipe = parsed.GetValue(_recipe) is { } path ? Recipe.Read(path, session.Formats) : null;
        if (format is null && recipe is null) throw new UsageException("--format is missing, or --recipe with what becomes of each weight");
        if (format is null && recipe is { HasTensors: false }) throw new UsageException($"--recipe {parsed.GetValue(_recipe)}: it has no tensors, and --format is missing");
        if (format is not null && recipe is { HasTensors: true }) throw new UsageException($"--format {format.Descriptor.Name}: the recipe says what becomes of each weight");
        try
        {
            var weights = LevelWeights.Parse(parsed.GetRequiredValue(_weights));
            if (format is { Descriptor.Kind: CodeKind.Additive }) weights.For(format.Descriptor);
            return new ModelQuantizationOptions
            {
                Format = format,
                Recipe = recipe,
                HeadFormat = parsed.GetValue(_head) is { } head ? session.Format(head) : null,
                Additive = new AdditiveOptions { LevelWeights = weights, Seed = parsed.GetValue(_seed) },
                Spqr = new SpqrOptions { Bits = parsed.GetValue(_bits) },
                Workers = parsed.GetValue(_threads),
            };
        }
        catch (QuantizationException e)
        {
            throw new UsageException($"--weights: {e.Message}");
        }
    }

    /// <summary>The method that looks at text and is asked for by name, or null.</summary>
    private CalibratedMethod? ReadMethod(ParseResult parsed, ModelQuantizationOptions options)
    {
        if (parsed.GetValue(_method) is not { } asked) return null;
        if (CalibratedMethod.Find(asked) is { } method)
        {
            if (!_calibration.IsGiven(parsed)) throw new UsageException($"--method {asked} needs --calibration");
            return options.Format is not { } row || method.Fits(row.Descriptor) ? method : throw new UsageException($"--method {asked} is not for {row.Descriptor.Name}");
        }

        if (options.Format is not { } format) throw new UsageException($"--method {asked}: a recipe says what becomes of each weight");
        string plain = format.Descriptor.Kind == CodeKind.Additive ? Additive : RoundToNearest;
        if (asked != plain) throw new UsageException($"--method {asked}: {format.Descriptor.Name} takes {plain}");
        return _calibration.IsGiven(parsed) ? throw new UsageException($"--calibration: {asked} does not look at text") : null;
    }

    private bool UsesText(ParseResult parsed, ModelQuantizationOptions options, CalibratedMethod? method)
    {
        if (!_calibration.IsGiven(parsed)) return false;
        if (method is null && options.Format is { } format && CalibratedMethod.DefaultOf(format.Descriptor) is null)
            throw new UsageException($"--calibration: {format.Descriptor.Name} has no method that looks at text");
        return true;
    }

    private static double? ReadBlend(string text)
    {
        if (text == Auto) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double blend) && blend is >= 0 and <= 1) return blend;
        throw new UsageException($"--blend is '{text}'; it must be {Auto} or a number from 0 to 1");
    }

    private static QuantizeReport Describe(string output, ModelSummary summary) => new(
        output,
        summary.BitsPerWeight[^1],
        [.. summary.BitsPerWeight],
        [.. summary.LevelEnds],
        summary.Elapsed.TotalSeconds,
        [
            .. summary.Tensors.Select(tensor => new QuantizedTensorReport(
                tensor.Name, tensor.Format, tensor.BitsPerWeight[^1], tensor.RelativeError[^1], [.. tensor.RelativeError], tensor.WeightedError.IsEmpty ? null : [.. tensor.WeightedError])),
        ],
        [.. summary.Stages.Select(static stage => new StageReport(stage.Name, stage.Elapsed.TotalSeconds))]);

    private static void Print(QuantizeReport report, Terminal terminal)
    {
        QuantizedTensorReport[] calibrated = [.. report.Tensors.Where(static tensor => tensor.LevelWeightedErrors is not null)];
        Table table = Terminal.Table([">level", ">bits a weight", ">relative error", .. calibrated.Length == 0 ? Array.Empty<string>() : [">weighted error"], ">file bytes"]);
        for (int level = 1; level <= report.LevelBitsPerWeight.Length; level++)
        {
            double error = report.Tensors.Average(tensor => AtLevel(tensor.LevelRelativeErrors));
            string[] weighted = calibrated.Length == 0 ? [] : [$"{calibrated.Average(tensor => AtLevel(tensor.LevelWeightedErrors!)):0.00000}"];
            table.AddRow([$"{level}", $"{report.LevelBitsPerWeight[level - 1]:0.000}", $"{error:0.0000}", .. weighted, $"{report.LevelEnds[level - 1]:N0}"]);

            double AtLevel(double[] errors) => errors[Math.Min(level, errors.Length) - 1];
        }

        terminal.Show(table);
        terminal.Output.WriteLine(
            $"{report.Output}: {report.Tensors.Length} weights in {report.Seconds:0.0} s ({string.Join(", ", report.Stages.Select(static stage => $"{stage.Name} {stage.Seconds:0.0}"))})");
    }
}
