using System.CommandLine;
using Dropwise.Cli.Benchmarks;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Inference;
using Dropwise.Quantization.Recipes;

namespace Dropwise.Cli.Verbs;

/// <summary><c>dropwise bench</c>: every kernel against the measured speed of memory, and whole models.</summary>
internal sealed class BenchVerb : Verb
{
    // Not a format: weights as models are published, which quantized ones are compared with.
    private const string Unquantized = "bf16";

    private readonly Option<string[]> _formats = new("--format") { Description = "The formats to time; all where none is named. On CUDA devices a whole model may also be bf16.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<int?> _level = CommonOptions.Level();
    private readonly Option<string?> _recipe = new("--recipe") { Description = "A recipe for whole models: the format of each weight, and the level that each block is served at." };
    private readonly Option<string[]> _shapes = new("--shape")
    {
        Description = $"Shapes NxK of a matrix, or whole models: {string.Join(", ", ModelShapes.All.Keys.Order())}.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = static _ => ["8192x8192", "14336x4096"],
    };

    private readonly Option<string> _device = DeviceOption.Create();
    private readonly Option<int> _gpus = new("--gpus") { Description = "CUDA devices that share a whole model.", DefaultValueFactory = static _ => 1 };
    private readonly Option<int[]> _tokens = new("--tokens")
    {
        Description = "Tokens of a product of one matrix.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = static _ => [1],
    };

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
        CommonOptions.RequireAtLeast(_threads, 1);
        Add(_formats);
        Add(_level);
        Add(_recipe);
        Add(_shapes);
        Add(_tokens);
        Add(_device);
        CommonOptions.RequireAtLeast(_gpus, 1);
        Add(_gpus);
        Add(_head);
        Add(_threads);
        Add(_json);
    }

    /// <inheritdoc/>
    protected override int Execute(ParseResult parsed, CommandSession session)
    {
        string[] names = parsed.GetValue(_formats) ?? [];
        bool unquantized = names.Contains(Unquantized);
        FormatRow[] formats = names.Length > 0 ? [.. names.Where(static name => name != Unquantized).Select(session.Format)] : [.. session.Formats.Rows];
        (FormatRow Row, int Level)[] levels =
        [
            .. from row in formats
               from level in Enumerable.Range(1, row.Descriptor.Levels)
               where parsed.GetValue(_level) is not { } only || level == only
               select (row, level),
        ];
        if (levels.Length == 0 && !unquantized) throw new UsageException($"--bits {parsed.GetValue(_level)}: none of the formats has that level");

        ILookup<bool, string> shapes = parsed.GetRequiredValue(_shapes).ToLookup(ModelShapes.All.ContainsKey);
        MatrixShape[] matrices = [.. shapes[false].Select(ParseShape)];
        ModelFormats[] models = Formats(parsed, session, levels, matrices);
        FormatRow head = session.Format(parsed.GetRequiredValue(_head));
        int[] tokens = parsed.GetRequiredValue(_tokens);
        bool cuda = DeviceOption.IsCuda(parsed.GetValue(_device));
        if (unquantized && (!cuda || matrices.Length > 0)) throw new UsageException($"--format {Unquantized} takes --device cuda and the shape of a whole model");
        int gpus = parsed.GetValue(_gpus);
        if (gpus > 1 && !cuda) throw new UsageException("--gpus needs --device cuda");
        if (gpus > 1 && !shapes[true].Any()) throw new UsageException($"--gpus needs --shape with a whole model ({string.Join(", ", ModelShapes.All.Keys.Order())}): single matrices are timed on one device");
        BenchReport report = cuda
            ? MeasureDevice(session, gpus, measurement => (
                [.. measurement.Kernels(levels, matrices, tokens)], [.. measurement.Models(models, head, [.. shapes[true]], gpus, unquantized)]))
            : MeasureProcessor(session, levels, models, matrices, tokens, parsed.GetRequiredValue(_threads), [.. shapes[true]], head);
        if (parsed.GetValue(_json)) ReportWriter.Write(session.Terminal.Output, report, ReportContext.Default.BenchReport);
        else BenchTables.Print(report, session.Terminal);
        return ExitCodes.Success;
    }

    private ModelFormats[] Formats(ParseResult parsed, CommandSession session, (FormatRow Row, int Level)[] levels, MatrixShape[] matrices)
    {
        if (parsed.GetValue(_recipe) is not { } path) return ModelFormats.Of(levels, null, null);
        if (matrices.Length > 0) throw new UsageException($"--recipe takes --shape with a whole model ({string.Join(", ", ModelShapes.All.Keys.Order())})");
        if (parsed.GetValue(_level) is not null) throw new UsageException("--bits: the recipe says at which level blocks are served");
        var recipe = Recipe.Read(path, session.Formats);
        bool hasFormat = parsed.GetValue(_formats) is { Length: > 0 };
        if (recipe.HasTensors == hasFormat) throw new UsageException($"--recipe {path}: {(hasFormat ? "it says the format of each weight, and so does --format" : "it has no tensors, and --format is missing")}");
        return ModelFormats.Of(levels, recipe, path);
    }

    private static BenchReport MeasureProcessor(
        CommandSession session, (FormatRow Row, int Level)[] levels, ModelFormats[] formats, MatrixShape[] matrices, int[] tokens, int[] threads, string[] shapes, FormatRow head) =>
        ProgressReport.Run(session.Terminal, "bench", progress =>
        {
            int all = threads.Length * ((levels.Length * matrices.Length * tokens.Length) + (formats.Sum(static format => Math.Max(1, format.Levels.Length)) * shapes.Length));
            var measurement = new Measurement(threads, session.Cancellation, progress, all);
            KernelReport[] kernels = [.. measurement.Kernels(levels, matrices, tokens)];
            ModelSpeedReport[] models = [.. measurement.Models(formats, head, shapes)];
            return Describe(measurement.RooflineGbps, kernels, models);
        });

    private static BenchReport MeasureDevice(CommandSession session, int gpus, Func<DeviceMeasurement, (KernelReport[] Kernels, ModelSpeedReport[] Models)> measure)
    {
        using CudaContext context = DeviceOption.Open(gpus);
        using var device = new DeviceWorkbench(context);
        return ProgressReport.Run(session.Terminal, "bench", progress =>
        {
            var measurement = new DeviceMeasurement(device, session.Cancellation, progress);
            (KernelReport[] kernels, ModelSpeedReport[] models) = measure(measurement);
            return Describe(measurement.RooflineGbps, kernels, models) with { Cuda = CudaReport.Of(CudaLibrary.Detect()) };
        });
    }

    private static BenchReport Describe(double rooflineGbps, KernelReport[] kernels, ModelSpeedReport[] models) => new(
        Processor.Name(), CpuFeatures.NameOf(CpuFeatures.Selected), Processor.IsNativeFile, rooflineGbps, KernelBenchmark.LookupLimitGbps, kernels, models);

    private static MatrixShape ParseShape(string text) => MatrixShape.TryParse(text, out MatrixShape shape)
        ? shape
        : throw new UsageException($"--shape is '{text}'; it takes NxK, such as 8192x8192, or one of {string.Join(", ", ModelShapes.All.Keys.Order())}");
}
