using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Models;

/// <content>Calibration: matrices are quantized in the order in which text meets them, at the levels that will be served.</content>
public sealed partial class ModelQuantizer
{
    private void QuantizeCalibrated(CalibrationOptions calibration, CheckpointWriter writer, Dictionary<QuantizationJob, TensorSummary> summaries)
    {
        var jobs = _jobs.Where(static job => job.Method is not null).ToDictionary(static job => job.Weight.Name, StringComparer.Ordinal);
        using var blocks = new DecoderBlocks(_source, calibration.Windows.Max(static window => window.Length));
        ImmutableArray<ServedLevels> served = Served();
        new CalibratedLayers(blocks, calibration, served, new InputProducts(_run), _run).Run((linear, site) =>
        {
            if (!jobs.TryGetValue(linear.Tensor.Weight, out QuantizationJob? job)) return null;
            ImmutableArray<float[]> decoded = [];
            Timed(job, run =>
            {
                FormatDescriptor format = job.Format.Descriptor;
                var weights = new FloatMatrix(linear.Tensor.Rows, linear.Tensor.Columns, linear.Weight);
                weights.RequireFinite();
                InputTransform? transform = format.Rotation == Rotation.None ? null : _rotations.Of(job.Weight);
                ICalibratedQuantizer quantizer = job.Method!.Create(format, _options with { Additive = job.Additive }, _shared.GetValueOrDefault(job.Format));
                CanonicalMatrix matrix = quantizer.Quantize(site.TargetsOf(weights, transform, format.Levels), run);
                matrix.Transform = transform;
                decoded = [.. site.Levels.Select(level => DecodedWeights.Of(matrix, Math.Min(level, format.Levels), run))];
                FloatMatrix rotated = transform is null ? weights : Rotated(weights, transform);
                if (calibration.Tuning is null) summaries.Add(job, Finish(job, rotated, matrix, writer, run));
                else _waiting.Add(job.Weight.Name, (job, rotated, matrix));
            });
            return decoded;
        }, calibration.Tuning is null ? null : (index, block, inputs, targets) => Tune(index, block, inputs, targets, [.. served.Select(levels => levels.Layers[index])], writer, summaries));
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
