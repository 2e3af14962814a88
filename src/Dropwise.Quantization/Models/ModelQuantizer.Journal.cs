using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Models.Journal;

namespace Dropwise.Quantization.Models;

/// <content>
/// The journal of a calibrated run: shared codebooks, layers, and weights that no text looks at are units, each of which is taken from the journal where it is
/// finished. The output is then put together from the journal alone, so that a run that went on cannot differ from one that did not stop.
/// </content>
public sealed partial class ModelQuantizer
{
    private static string NameOf(int layer) => FormattableString.Invariant($"layer-{layer:0000}");

    private static string NameOf(FormatRow row) => $"codebooks-{row.Descriptor.Name}";

    // Names of weights come from a file and are no names of files.
    private string NameOf(QuantizationJob job) => FormattableString.Invariant($"weight-{_jobs.IndexOf(job):0000}");

    private QuantizationJournal OpenJournal(string output)
    {
        IEnumerable<string> choices = _jobs.Select(static job => $"{job.Weight.Name} {job.Format.Descriptor.Name} {job.Method?.Name} {job.Additive.LevelWeights.Name}");
        ImmutableArray<FormatRow> rows = [.. _jobs.Select(static job => job.Format).Distinct()];
        CalibrationOptions calibration = _options.Calibration!;
        var options = new JournalOptions(_options.Resume, _options.Warning, calibration.IsDrawn ? calibration.Windows : default);
        return QuantizationJournal.Open(output, _source.Texts, new FormatRegistry(rows), RunIdentity.Of(_source, _options, choices), options);
    }

    private ImmutableArray<TensorSummary> QuantizeJournaled(QuantizationJournal journal)
    {
        foreach (FormatRow row in SharedFormats()) _shared.Add(row, SharedOf(row, journal));
        var summaries = new Dictionary<QuantizationJob, TensorSummary>();
        QuantizeCalibrated(_options.Calibration!, journal, summaries);
        foreach (QuantizationJob job in _jobs)
        {
            if (summaries.ContainsKey(job)) continue;
            if (journal.Find(NameOf(job)) is { } finished)
            {
                summaries.Add(job, Restored(job, finished));
                continue;
            }

            Timed(job, run =>
            {
                using var unit = new JournalUnit(journal, NameOf(job));
                TensorSummary summary = QuantizeWeight(job, unit.Writer, run);
                unit.AddErrors(summary);
                unit.Finish();
                summaries.Add(job, summary);
            });
            CollectAfter(job);
        }

        return [.. _jobs.Select(job => summaries[job])];
    }

    /// <summary>Hands all finished matrices to the file. Codebooks and rotations that matrices share become one instance again.</summary>
    private void AddFinished(QuantizationJournal journal, CheckpointWriter writer)
    {
        var jobs = _jobs.ToDictionary(static job => job.Weight.Name, StringComparer.Ordinal);
        foreach (CheckpointMatrix matrix in journal.Units.Values.SelectMany(static unit => unit.Matrices.Values))
        {
            QuantizationJob job = jobs[matrix.Name];
            writer.Add(
                matrix.Name,
                matrix.Row,
                matrix.Rows,
                matrix.Columns,
                matrix.Streams.AsSpan(),
                _shared.GetValueOrDefault(job.Format) ?? matrix.Codebooks,
                matrix.Transform is null ? null : _rotations.Of(job.Weight),
                matrix.Outliers);
        }
    }

    private CodebookSet SharedOf(FormatRow row, QuantizationJournal journal)
    {
        if (journal.Find(NameOf(row)) is { } finished)
        {
            _meter.Skip(NameOf(row), TrainingWork(row));
            return JournalUnit.CodebooksOf(finished, row.Descriptor);
        }

        CodebookSet codebooks = TrainShared(row);
        using var unit = new JournalUnit(journal, NameOf(row));
        unit.AddCodebooks(codebooks);
        unit.Finish();
        return codebooks;
    }

    /// <summary>What gives a finished layer its norms and biases and tells what its maps are; null where the layer is not finished.</summary>
    private Func<CanonicalMatrix?[]>? RestoreLayer(int index, DecoderBlock block, QuantizationJournal journal, Dictionary<QuantizationJob, TensorSummary> summaries)
    {
        if (journal.Find(NameOf(index)) is not { } unit) return null;
        foreach (QuantizationJob job in _jobs)
        {
            if (unit.Matrices.ContainsKey(job.Weight.Name)) summaries.Add(job, Restored(job, unit));
        }

        return () =>
        {
            if (JournalUnit.RestoreParameters(unit, block)) KeepTuned(index, block);
            return [.. block.Linears.Select(linear => unit.Matrices.GetValueOrDefault(linear.Tensor.Weight)?.ToCanonical())];
        };
    }

    private TensorSummary Restored(QuantizationJob job, CheckpointReader unit)
    {
        string name = job.Weight.Name;
        _meter.Skip(name, job.Weight.Elements);
        return Summary(job, unit.Matrices[name].Outliers, JournalUnit.ErrorsOf(unit, name), JournalUnit.WeightedErrorsOf(unit, name));
    }
}
