using System.Collections.Immutable;
using System.Diagnostics;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Models.Journal;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>Tunes a quantized checkpoint as a whole against the model that it was made from, into another checkpoint of the same formats and size.</summary>
public static class ModelTuner
{
    // As many windows as share what layers read once, and few enough that their values fit beside the models.
    private const int Slots = 4;

    /// <summary>Tunes a checkpoint.</summary>
    /// <param name="source">The checkpoint, with all its levels.</param>
    /// <param name="reference">The model to come close to, of the same vocabulary.</param>
    /// <param name="output">The checkpoint to write; its name appears only when it is complete.</param>
    /// <param name="options">Text, levels, how long and how fast.</param>
    /// <param name="progress">Receives the finished fraction, 0 to 1; null for nobody.</param>
    /// <param name="cancellation">Stops the work; what was done before the last look at held-out text stays in <see cref="PartialOutput.FolderOf"/>.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="QuantizationException">The models do not fit each other, or a level is not there.</exception>
    /// <exception cref="ModelFileException">A tensor is missing or of the wrong shape or type, or the output cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static ModelTuningResult Tune(
        CheckpointReader source, ModelSource reference, string output, EndToEndOptions options, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        var clock = Stopwatch.StartNew();
        options = options with { Levels = LevelsOf(source, options) };
        if (reference.Config.VocabularySize != source.Config.VocabularySize)
            throw new QuantizationException($"{reference.Path}: has a vocabulary of {reference.Config.VocabularySize} tokens, {source.Path} one of {source.Config.VocabularySize}");
        RequireOwnCodebooks(source);
        var run = new QuantizationRun(options.Workers, cancellation, progress);
        new CheckpointWriter(output, source.Texts).Dispose();
        using QuantizationJournal journal = OpenJournal(source, reference, output, options);
        BlockEngine engine = options.Device is { } device ? device : BlockEngine.Cpu;
        int tokens = options.Windows.Max(static window => window.Length);
        var stages = new EngineClock(engine);
        using ReferenceText text = ReadReference(reference, options, engine, new QuantizationRun(options.Workers, cancellation), stages);
        using var blocks = new DecoderBlocks(source, tokens, engine);
        using TunedModel model = ReadModel(source, blocks, options, run, stages);
        using var passes = new ModelPasses(model, blocks, text, engine.IsConcurrent ? Slots : 1, GroupOf(engine, options, tokens, blocks), tokens, run, stages);
        (TunedModelState state, ImmutableArray<TuningCheck> checks) = new EndToEndTuner(model, passes, options, new TuningJournal(journal, source, model), run, stages).Tune();
        using EngineClock.Visit stage = stages.In("file");
        using var writer = new CheckpointWriter(output, source.Texts, journal.Folder);
        Write(source, model, state, writer);
        writer.Complete(cancellation);
        journal.Complete();
        return new ModelTuningResult(options.Levels, checks, clock.Elapsed, stages.Times);
    }

    private static ReferenceText ReadReference(ModelSource reference, EndToEndOptions options, BlockEngine engine, QuantizationRun run, EngineClock stages)
    {
        using EngineClock.Visit stage = stages.In("reference");
        return ReferenceText.Read(reference, options.Windows, engine, run);
    }

    private static TunedModel ReadModel(CheckpointReader source, DecoderBlocks blocks, EndToEndOptions options, QuantizationRun run, EngineClock stages)
    {
        using EngineClock.Visit stage = stages.In("model");
        return new TunedModel(source, blocks, run, options.Levels, options.Codes);
    }

    /// <summary>Refuses a head that reads the codebooks of layers: these are trained, and its codes, which stay, belong to them as they are.</summary>
    private static void RequireOwnCodebooks(CheckpointReader source)
    {
        var tensors = new DecoderTensors(source.Config, source.Tensors);
        var layers = Enumerable.Range(0, source.Config.Layers).SelectMany(layer => tensors.Layer(layer).Linears).Select(static linear => linear.Weight).ToHashSet(StringComparer.Ordinal);
        var shared = source.Matrices.Values.Where(matrix => layers.Contains(matrix.Name) && matrix.Row.Descriptor.Scope == CodebookScope.Model).Select(static matrix => matrix.Row).ToHashSet();
        foreach (CheckpointMatrix matrix in source.Matrices.Values)
        {
            if (!layers.Contains(matrix.Name) && shared.Contains(matrix.Row))
                throw new QuantizationException($"{source.Path}: tensor '{matrix.Name}' shares the codebooks of the layers, which tuning would change under its codes");
        }
    }

    // Windows of one length share their products where an engine takes several at once.
    private static int GroupOf(BlockEngine engine, EndToEndOptions options, int tokens, DecoderBlocks blocks) =>
        options.Windows.All(window => window.Length == tokens) ? Math.Min(options.Batch, engine.WindowsAtOnce(tokens, blocks.Config.Heads)) : 1;

    private static QuantizationJournal OpenJournal(CheckpointReader source, ModelSource reference, string output, EndToEndOptions options)
    {
        ImmutableArray<FormatRow> rows = [.. source.Matrices.Values.Select(static matrix => matrix.Row).Distinct()];
        var journal = new JournalOptions(options.Resume, options.Warning, options.IsDrawn ? options.Windows : default);
        return QuantizationJournal.Open(output, source.Texts, new FormatRegistry(rows), RunIdentity.Of(source, reference, options), journal);
    }

    private static ImmutableArray<int> LevelsOf(CheckpointReader source, EndToEndOptions options)
    {
        if (source.PresentLevels < source.Levels) throw new QuantizationException($"{source.Path}: is cut after level {source.PresentLevels} of {source.Levels}");

        // Level 1 of a nested file is a step on the way that nobody runs.
        ImmutableArray<int> levels = options.Levels.IsEmpty ? [.. Enumerable.Range(Math.Min(2, source.Levels), Math.Max(1, source.Levels - 1))] : options.Levels;
        foreach (int level in levels)
        {
            if (level < 1 || level > source.Levels) throw new QuantizationException($"{source.Path}: has no level {level}");
        }

        return levels;
    }

    private static void Write(CheckpointReader source, TunedModel model, TunedModelState state, CheckpointWriter writer)
    {
        var tensors = new DecoderTensors(source.Config, source.Tensors);
        var tuned = new TunedTensors(source.Config);
        var written = new HashSet<string>(StringComparer.Ordinal);
        tuned.Keep(model.FinalNorm.Weights, tensors.FinalNorm);
        for (int layer = 0; layer < model.Layers.Length; layer++)
        {
            DecoderBlock block = model.Layers[layer].Block;
            tuned.Keep(block, tensors.Layer(layer));
            for (int i = 0; i < block.Linears.Length; i++)
            {
                if (state.Layers[layer].Matrices[i] is not { } matrix) continue;
                string name = block.Linears[i].Tensor.Weight;
                writer.Add(name, source.Matrices[name].Row, matrix);
                written.Add(name);
            }
        }

        foreach (TensorView tensor in source.Tensors) writer.Add(tuned.ContentOf(tensor));
        foreach (CheckpointMatrix matrix in source.Matrices.Values)
        {
            if (!written.Contains(matrix.Name))
                writer.Add(matrix.Name, matrix.Row, matrix.Rows, matrix.Columns, matrix.Streams.AsSpan(), matrix.Codebooks, matrix.Transform, matrix.Outliers);
        }
    }
}

/// <summary>What became of a checkpoint.</summary>
/// <param name="Levels">The levels that were tuned.</param>
/// <param name="Checks">What held-out windows said on the way; the best of these is in the file.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Stages">The time of each stage in this process, in the order in which stages began.</param>
public sealed record ModelTuningResult(ImmutableArray<int> Levels, ImmutableArray<TuningCheck> Checks, TimeSpan Elapsed, ImmutableArray<StageTime> Stages);
