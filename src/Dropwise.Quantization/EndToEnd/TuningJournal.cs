using System.Collections.Immutable;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Models.Journal;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>
/// What a run that tunes a model keeps whenever it has looked at held-out text: all that later steps depend on, and the best state so far. One unit of a journal
/// at a time, the last: the one before is deleted when it is complete. A run that was killed goes on from there to the same bytes.
/// </summary>
/// <param name="journal">The journal.</param>
/// <param name="source">The checkpoint that is tuned.</param>
/// <param name="model">The model in training.</param>
internal sealed class TuningJournal(QuantizationJournal journal, CheckpointReader source, TunedModel model)
{
    private const string StepsName = "steps";

    /// <summary>Keeps where the run is.</summary>
    /// <param name="progress">The best state, and what held-out windows said so far.</param>
    /// <exception cref="ModelFileException">The disk is full or fails.</exception>
    public void Save(TuningProgress progress)
    {
        string name = NameOf(progress.Checks[^1].Step);
        using (var unit = new JournalUnit(journal, name))
        {
            foreach ((int index, float[] values) in model.State.Index()) unit.AddValues(StateName(index), values);
            foreach ((int index, ushort[] codes) in model.Codes.Index()) unit.AddCodes(CodesName(index), codes);
            foreach ((int index, float[] values) in SharedOf(progress.Best).Index()) unit.AddValues(BestName(index), values);
            foreach ((string matrix, CanonicalMatrix codes) in MatricesOf(progress.Best)) unit.Writer.Add(matrix, source.Matrices[matrix].Row, codes);
            unit.AddValues(StepsName, (double[])[.. progress.Checks.Select(static check => (double)check.Step)]);
            foreach (TuningCheck check in progress.Checks)
            {
                unit.AddValues(CheckName(check.Step), check.Divergences.AsSpan());
                unit.AddValues(TrainedName(check.Step), check.Trained.AsSpan());
            }

            unit.Finish();
        }

        foreach (string before in journal.Names.Where(unit => unit != name).ToArray()) journal.Delete(before);
    }

    /// <summary>Goes on where a run was, with all that later steps depend on.</summary>
    /// <returns>What it had come to; null where there was none, or what it kept was damaged.</returns>
    public TuningProgress? Load()
    {
        // A run that was killed between the two has the one before the last as well.
        CheckpointReader? unit = journal.Names.Reverse().ToArray().Select(journal.Find).FirstOrDefault(static found => found is not null);
        if (unit is null) return null;
        foreach ((int index, float[] values) in model.State.Index()) JournalUnit.Read<float>(unit, StateName(index)).CopyTo(values);
        foreach ((int index, ushort[] codes) in model.Codes.Index()) JournalUnit.Read<ushort>(unit, CodesName(index)).CopyTo(codes);
        model.CodesChanged();
        TunedModelState now = model.Store();
        int next = 0;
        ImmutableArray<float[]> Shared(ImmutableArray<float[]> like) => [.. like.Select(_ => (float[])[.. JournalUnit.Read<float>(unit, BestName(next++))])];
        var best = new TunedModelState(
            [.. now.Layers.Select((layer, index) => new TunedState(
                [.. layer.Matrices.Select((matrix, i) => matrix is null ? null : unit.ReadCanonical(model.Layers[index].Block.Linears[i].Tensor.Weight))], Shared(layer.Shared)))],
            Shared(now.FinalNorm));
        return new TuningProgress(best, [.. JournalUnit.Read<double>(unit, StepsName).Select(step => ReadCheck(unit, (int)step))]);
    }

    private static TuningCheck ReadCheck(CheckpointReader unit, int step) =>
        new(step, JournalUnit.Read<double>(unit, CheckName(step)), JournalUnit.Read<double>(unit, TrainedName(step)));

    private static string NameOf(int step) => FormattableString.Invariant($"step-{step:00000000}");

    private static string StateName(int index) => FormattableString.Invariant($"state {index}");

    private static string CodesName(int index) => FormattableString.Invariant($"codes {index}");

    private static string BestName(int index) => FormattableString.Invariant($"best {index}");

    private static string CheckName(int step) => FormattableString.Invariant($"check {step}");

    private static string TrainedName(int step) => FormattableString.Invariant($"trained {step}");

    private static IEnumerable<float[]> SharedOf(TunedModelState state) => state.Layers.SelectMany(static layer => layer.Shared).Concat(state.FinalNorm);

    private IEnumerable<(string Name, CanonicalMatrix Matrix)> MatricesOf(TunedModelState state)
    {
        for (int layer = 0; layer < state.Layers.Length; layer++)
        {
            for (int i = 0; i < state.Layers[layer].Matrices.Length; i++)
            {
                if (state.Layers[layer].Matrices[i] is { } matrix) yield return (model.Layers[layer].Block.Linears[i].Tensor.Weight, matrix);
            }
        }
    }
}

/// <summary>What a run has come to.</summary>
/// <param name="Best">The best state so far.</param>
/// <param name="Checks">What held-out windows said so far; the last is where the run is.</param>
internal sealed record TuningProgress(TunedModelState Best, ImmutableArray<TuningCheck> Checks);
