using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Models.Journal;

namespace Dropwise.Quantization.Models;

/// <content>Calibration: matrices are quantized in the order in which text meets them, at the levels that will be served.</content>
public sealed partial class ModelQuantizer
{
    private void QuantizeCalibrated(CalibrationOptions calibration, QuantizationJournal journal, Dictionary<QuantizationJob, TensorSummary> summaries)
    {
        using StageClock.Visit stage = _clock.In("text");
        var jobs = _jobs.Where(static job => job.Method is not null).ToDictionary(static job => job.Weight.Name, StringComparer.Ordinal);
        using var blocks = new DecoderBlocks(_source, calibration.Windows.Max(static window => window.Length), _options.Device);
        IInputProducts products = _options.Device is { } device ? new CudaInputProducts(device) : new InputProducts(_run);
        ImmutableArray<ServedLevels> served = Served();
        JournalUnit? unit = null;
        try
        {
            new CalibratedLayers(blocks, calibration, served, products, _clock, _run).Run(
                (linear, site) =>
                {
                    if (!jobs.TryGetValue(linear.Tensor.Weight, out QuantizationJob? job)) return null;
                    ImmutableArray<float[]> decoded = [];
                    Timed(job, run =>
                    {
                        WaitingMatrix quantized = Quantize(job, linear, site, products, run);
                        decoded = [.. site.Levels.Select(level => DecodedWeights.Of(quantized.Matrix, Math.Min(level, quantized.Matrix.Format.Levels), run))];
                        if (calibration.Tuning is null) Add(quantized, run);
                        else _waiting.Add(job.Weight.Name, quantized);
                    });
                    return decoded;
                },
                (index, block) =>
                {
                    Func<CanonicalMatrix?[]>? restored = RestoreLayer(index, block, journal, summaries);
                    unit = restored is null ? new JournalUnit(journal, NameOf(index)) : null;
                    return restored;
                },
                (index, block, inputs, targets) =>
                {
                    CanonicalMatrix?[]? changed = null;
                    if (calibration.Tuning is not null)
                    {
                        changed = Tune(block, inputs, targets, [.. served.Select(levels => levels.Layers[index])], matrix => Add(matrix, _run));
                        unit!.AddParameters(block);
                        KeepTuned(index, block);
                    }

                    unit!.Finish();
                    unit.Dispose();
                    return changed;
                },
                changes: calibration.Tuning is not null);
        }
        finally
        {
            unit?.Dispose();
        }

        void Add(WaitingMatrix quantized, QuantizationRun run)
        {
            TensorSummary summary = Finish(quantized.Job, quantized.Weights, quantized.Matrix, quantized.WeightedErrors, unit!.Writer, run);
            unit!.AddErrors(summary);
            summaries.Add(quantized.Job, summary);
        }
    }

    private WaitingMatrix Quantize(QuantizationJob job, BlockLinear linear, CalibratedSite site, IInputProducts products, QuantizationRun run)
    {
        FormatDescriptor format = job.Format.Descriptor;
        var weights = new FloatMatrix(linear.Tensor.Rows, linear.Tensor.Columns, linear.Weight);
        weights.RequireFinite();
        InputTransform? transform = format.Rotation == Rotation.None ? null : _rotations.Of(job.Weight);
        ICalibratedQuantizer quantizer = job.Method!.Create(format, _options with { Additive = job.Additive }, _shared.GetValueOrDefault(job.Format));
        ImmutableArray<LevelTarget> targets = site.TargetsOf(weights, transform, format.Levels);
        CanonicalMatrix matrix = quantizer.Quantize(targets, run);
        matrix.Transform = transform;
        FloatMatrix rotated = transform is null ? weights : Rotated(weights, transform);
        return new WaitingMatrix(job, rotated, matrix, WeightedError.Of(rotated, matrix, [.. targets.Select(static target => target.Moments)], products, run));
    }

    /// <summary>
    /// What text is run at: the levels of the recipe's blocks where it has any, otherwise each level that counts at least a tenth of the one that counts most.
    /// </summary>
    private ImmutableArray<ServedLevels> Served()
    {
        if (_options.Recipe?.LevelsOf(_source.Config.Layers) is { } levels) return [new ServedLevels(levels)];
        var served = new SortedSet<int>();
        foreach (QuantizationJob job in _jobs.Where(static job => job.Method is not null && job.Format.Descriptor.Nested))
        {
            float[] weights = job.Additive.LevelWeights.For(job.Format.Descriptor);
            served.UnionWith(Enumerable.Range(1, weights.Length).Where(level => weights[level - 1] >= 0.1f * weights.Max()));
        }

        if (served.Count == 0) served.Add(1);
        return [.. served.Select(level => new ServedLevels([.. Enumerable.Repeat(level, _source.Config.Layers)]))];
    }

    private static FloatMatrix Rotated(FloatMatrix weights, InputTransform transform)
    {
        float[] values = [.. weights.Values];
        InputTransforms.RotateRows(transform, values);
        return new FloatMatrix(weights.Rows, weights.Columns, values);
    }
}
