using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Models.Journal;
using Dropwise.Quantization.Recipes;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Models;

/// <summary>Quantizes the linear layers of a model, weight by weight, into a Dropwise checkpoint; everything else goes there as it is.</summary>
public sealed partial class ModelQuantizer
{
    // Training searches the codes of its samples once a round, most rounds with half the beam; a matrix of shared codebooks is searched once.
    private const double SearchesOfARound = 0.6;

    // Weights whose float32 values take 64 MiB: collecting after each costs a small part of quantizing it.
    private const long LargeWeight = 1 << 24;

    private readonly ModelSource _source;
    private readonly ModelQuantizationOptions _options;
    private readonly Dictionary<FormatRow, CodebookSet> _shared = [];
    private readonly ImmutableArray<QuantizationJob> _jobs;
    private readonly InputRotations _rotations;
    private readonly StageClock _clock = new();
    private readonly TunedTensors _tuned;
    private readonly ProgressMeter _meter;
    private readonly QuantizationRun _run;

    private ModelQuantizer(ModelSource source, ModelQuantizationOptions options, Action<QuantizationProgress>? progress, CancellationToken cancellation)
    {
        _source = source;
        options = options with { Additive = options.Additive with { Device = options.Device } };
        _options = options;
        _jobs = Jobs(source, options);
        _tuned = new TunedTensors(source.Config);
        _rotations = new InputRotations(options.Additive.Seed);
        _run = new QuantizationRun(options.Workers, cancellation);
        _meter = new ProgressMeter(_jobs.Sum(static job => job.Weight.Elements) + SharedFormats().Sum(TrainingWork), progress);
    }

    /// <summary>Quantizes a model.</summary>
    /// <param name="source">The model: not quantized, or by its authors, which is decoded first; matrices that no format is asked for keep theirs.</param>
    /// <param name="output">The checkpoint to write; its name appears only when it is complete.</param>
    /// <param name="options">What to make of the model.</param>
    /// <param name="progress">Receives the state of the work, on threads of the run; null for none.</param>
    /// <param name="cancellation">Stops the work. With calibration, what is finished stays in <see cref="PartialOutput.FolderOf"/>; otherwise nothing is left behind.</param>
    /// <exception cref="ModelFileException">
    /// A weight is missing or of the wrong shape or type, the output cannot be written, or there is the folder of an unfinished run and it is not to be gone on with.
    /// </exception>
    /// <exception cref="QuantizationException">A weight does not fit its format; the message names the weight.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static ModelSummary Quantize(
        ModelSource source,
        string output,
        ModelQuantizationOptions options,
        Action<QuantizationProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        var quantizer = new ModelQuantizer(source, options, progress, cancellation);
        ImmutableArray<TensorSummary> summaries;
        ImmutableArray<long> ends;
        if (options.Calibration is null)
        {
            using var writer = new CheckpointWriter(output, source.Texts);
            summaries = quantizer.QuantizePlain(writer);
            ends = quantizer.Complete(writer, summaries);
        }
        else
        {
            // A place that cannot be written to is noticed before a folder is made there.
            new CheckpointWriter(output, source.Texts).Dispose();
            using QuantizationJournal journal = quantizer.OpenJournal(output);
            summaries = quantizer.QuantizeJournaled(journal);
            using var writer = new CheckpointWriter(output, source.Texts, journal.Folder);
            quantizer.AddFinished(journal, writer);
            ends = quantizer.Complete(writer, summaries);
            journal.Complete();
        }

        return new ModelSummary(summaries, BitsPerWeight(summaries), ends, quantizer._meter.Elapsed, quantizer._clock.Times);
    }

    private ImmutableArray<long> Complete(CheckpointWriter writer, ImmutableArray<TensorSummary> summaries)
    {
        using StageClock.Visit stage = _clock.In("file");
        var quantized = summaries.Select(static summary => summary.Name).ToHashSet(StringComparer.Ordinal);
        foreach (TensorView tensor in _source.Tensors)
        {
            if (!quantized.Contains(tensor.Name)) writer.Add(_tuned.ContentOf(tensor));
        }

        foreach (CheckpointMatrix matrix in _source.Matrices.Values)
        {
            if (!quantized.Contains(matrix.Name))
                writer.Add(matrix.Name, matrix.Row, matrix.Rows, matrix.Columns, matrix.Streams.AsSpan(), matrix.Codebooks, matrix.Transform, matrix.Outliers);
        }

        foreach (TensorSummary summary in summaries)
            writer.Add(summary.Name, new MatrixErrors(summary.RelativeError, summary.WeightedError.IsEmpty ? null : summary.WeightedError));
        return writer.Complete(_run.Cancellation);
    }

    private static ImmutableArray<QuantizationJob> Jobs(ModelSource source, ModelQuantizationOptions options)
    {
        if (options.Format is null && options.Recipe is not { HasTensors: true }) throw new QuantizationException($"{source.Path}: neither a format nor a recipe says what becomes of its weights");

        // Before the work: levels of another model would only be noticed when somebody wants to be served.
        options.Recipe?.LevelsOf(source.Config.Layers);
        ImmutableArray<QuantizationJob> layers = [.. LinearWeights.OfLayers(source).Select(weight => Job(weight, options, options.Format)).OfType<QuantizationJob>()];
        QuantizationJob? head = Job(LinearWeights.Head(source), options, options.HeadFormat);
        if (layers.IsEmpty && head is null) throw new QuantizationException($"{source.Path}: the recipe names none of its weights");
        if (head is null) return layers;

        // Rows of a tied embedding are read one by one as well, where nothing would turn a rotation back.
        if (source.Config.TiedEmbeddings && head.Format.Descriptor.Rotation != Rotation.None)
            throw new QuantizationException($"{source.Path}: the head is the embedding, which cannot be rotated: {head.Format.Descriptor.Name} is no format for it");
        return layers.Add(head);
    }

    private static QuantizationJob? Job(LinearWeight weight, ModelQuantizationOptions options, FormatRow? format)
    {
        TensorChoice? choice = format is not null ? new TensorChoice(format) : options.Recipe is { HasTensors: true } recipe ? recipe.ChoiceOf(weight.Name) : null;
        if (choice is null) return null;
        CalibratedMethod? method = null;
        if (options.Calibration is { } calibration)
            method = choice.Method ?? (calibration.Method?.Fits(choice.Format.Descriptor) == true ? calibration.Method : CalibratedMethod.DefaultOf(choice.Format.Descriptor));
        else if (choice.Method is not null)
            throw new QuantizationException($"{weight.Source.Path}: the recipe asks for {choice.Method.Name} for '{weight.Name}', which needs calibration text");
        return new QuantizationJob(weight, choice.Format, method, choice.Weights is { } weights ? options.Additive with { LevelWeights = weights } : options.Additive);
    }

    private ImmutableArray<TensorSummary> QuantizePlain(CheckpointWriter writer)
    {
        foreach (FormatRow row in SharedFormats()) _shared.Add(row, TrainShared(row));
        var summaries = ImmutableArray.CreateBuilder<TensorSummary>();
        foreach (QuantizationJob job in _jobs)
        {
            Timed(job, run => summaries.Add(QuantizeWeight(job, writer, run)));
            CollectAfter(job);
        }

        return summaries.ToImmutable();
    }

    // What a large weight leaves is hundreds of megabytes, of which the collector would pile up several before it looks at them.
    private static void CollectAfter(QuantizationJob job)
    {
        if (job.Weight.Elements > LargeWeight) GC.Collect();
    }

    private void Timed(QuantizationJob job, Action<QuantizationRun> action)
    {
        using StageClock.Visit stage = _clock.In("weights");
        double work = job.Weight.Elements;
        QuantizationRun run = _meter.Begin(job.Weight.Name, work, _run);
        Named(job.Weight, () =>
        {
            action(run);
            return true;
        });
        _meter.End(job.Weight.Name, work);
    }

    private IEnumerable<FormatRow> SharedFormats() =>
        _jobs.Select(static job => job.Format).Distinct().Where(static row => row.Descriptor is { Kind: CodeKind.Additive, Scope: CodebookScope.Model });

    private long WeightsOf(FormatRow row) => _jobs.Where(job => job.Format == row).Sum(static job => job.Weight.Elements);

    private SharedCodebooks Shared(FormatRow row) => new(row.Descriptor, _options.Additive, WeightsOf(row));

    private double TrainingWork(FormatRow row) =>
        SearchesOfARound * _options.Additive.Rounds * Shared(row).TrainingVectors * row.Descriptor.Dimension;

    private CodebookSet TrainShared(FormatRow row)
    {
        using StageClock.Visit stage = _clock.In("codebooks");
        string name = $"codebooks of {row.Descriptor.Name}";
        double work = TrainingWork(row);
        QuantizationRun run = _meter.Begin(name, work, _run);
        SharedCodebooks shared = Shared(row);
        foreach (QuantizationJob job in _jobs.Where(job => job.Format == row && shared.NeedsSamples))
        {
            run.Cancellation.ThrowIfCancellationRequested();
            Named(job.Weight, () => shared.Add(Read(job).Weights));
        }

        CodebookSet codebooks = shared.Train(run);
        _meter.End(name, work);
        return codebooks;
    }

    private TensorSummary QuantizeWeight(QuantizationJob job, CheckpointWriter writer, QuantizationRun run)
    {
        FormatDescriptor format = job.Format.Descriptor;
        (FloatMatrix weights, InputTransform? transform) = Read(job);
        IMatrixQuantizer quantizer = format.Kind == CodeKind.Additive
            ? new AdditiveQuantizer(format, job.Additive, _shared.GetValueOrDefault(job.Format))
            : format.SecondLevel is null ? new RtnQuantizer(format)
            : format.Block is null ? new SecondLevelQuantizer(format)
            : new BlockQuantizer(format);
        CanonicalMatrix matrix = quantizer.Quantize(weights, run);
        matrix.Transform = transform;
        return Finish(job, weights, matrix, [], writer, run);
    }

    private static TensorSummary Finish(
        QuantizationJob job, FloatMatrix weights, CanonicalMatrix matrix, ImmutableArray<double> weightedErrors, CheckpointWriter writer, QuantizationRun run)
    {
        writer.Add(job.Weight.Name, job.Format, matrix);
        return Summary(job, matrix.Outliers.Length, [.. Enumerable.Range(1, matrix.Format.Levels).Select(level => RelativeError.Of(weights, matrix, level, run))], weightedErrors);
    }

    private static TensorSummary Summary(QuantizationJob job, long outliers, ImmutableArray<double> errors, ImmutableArray<double> weightedErrors)
    {
        FormatDescriptor format = job.Format.Descriptor;
        (int rows, int columns) = (job.Weight.Rows, job.Weight.Columns);
        return new TensorSummary(
            job.Weight.Name, format.Name, rows, columns, [.. Enumerable.Range(1, format.Levels).Select(level => format.BitsPerWeight(level, rows, columns, outliers))], errors, weightedErrors);
    }

    private (FloatMatrix Weights, InputTransform? Transform) Read(QuantizationJob job)
    {
        FloatMatrix weights = job.Weight.Read();

        // Before the rotation, which would spread what is not a number over its neighbours.
        weights.RequireFinite();
        if (job.Format.Descriptor.Rotation == Rotation.None) return (weights, null);
        InputTransform transform = _rotations.Of(job.Weight);
        InputTransforms.RotateRows(transform, weights.Values);
        return (weights, transform);
    }

    private static T Named<T>(LinearWeight weight, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (QuantizationException e)
        {
            throw new QuantizationException($"{weight.Source.Path}: tensor '{weight.Name}': {e.Message}");
        }
    }

    // Formats of fewer levels than others count with all they have.
    private static ImmutableArray<double> BitsPerWeight(ImmutableArray<TensorSummary> tensors)
    {
        double weights = tensors.Sum(static tensor => (double)tensor.Rows * tensor.Columns);
        int levels = tensors.Max(static tensor => tensor.BitsPerWeight.Length);
        return [.. Enumerable.Range(0, levels).Select(level => tensors.Sum(tensor =>
            (double)tensor.Rows * tensor.Columns * tensor.BitsPerWeight[Math.Min(level, tensor.BitsPerWeight.Length - 1)]) / weights)];
    }

    /// <summary>One weight, the format it goes into, the method that looks at its input (or null), and options of codebooks.</summary>
    private sealed record QuantizationJob(LinearWeight Weight, FormatRow Format, CalibratedMethod? Method, AdditiveOptions Additive);
}
