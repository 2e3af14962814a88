using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Models;

/// <content>Block tuning: matrices wait until their layer is complete, and norms and biases go into the file as they were tuned.</content>
public sealed partial class ModelQuantizer
{
    private readonly Dictionary<string, WaitingMatrix> _waiting = new(StringComparer.Ordinal);

    /// <summary>Tunes a layer whose matrices wait, and hands them on.</summary>
    /// <param name="block">The layer; norms and biases become the tuned ones.</param>
    /// <param name="inputs">The residual stream of each window before the layer, for each level.</param>
    /// <param name="targets">That of the unquantized model after it.</param>
    /// <param name="served">The level of each stream.</param>
    /// <param name="finish">Receives each matrix as it has become.</param>
    /// <returns>What the layer's maps have become; null for those that are not quantized.</returns>
    private CanonicalMatrix?[] Tune(DecoderBlock block, ImmutableArray<float[][]> inputs, float[][] targets, ImmutableArray<int> served, Action<WaitingMatrix> finish)
    {
        using StageClock.Visit stage = _clock.In("tuning");
        QuantizationJob? nested = _waiting.Values.Select(static entry => entry.Job).FirstOrDefault(static job => job.Format.Descriptor.Nested);
        float[]? weights = nested?.Additive.LevelWeights.For(nested.Format.Descriptor);
        ImmutableArray<TunedLevel> levels =
            [.. served.Select((level, i) => new TunedLevel(level, weights?[Math.Min(level, weights.Length) - 1] ?? 1, inputs[i]))];
        CanonicalMatrix?[] quantized = [.. block.Linears.Select(linear => _waiting.GetValueOrDefault(linear.Tensor.Weight)?.Matrix)];
        BlockTuningResult result = BlockTuner.Tune(block, quantized, levels, targets, _options.Calibration!.Tuning! with { Seed = _options.Additive.Seed }, _run);
        for (int i = 0; i < quantized.Length; i++)
        {
            if (result.Matrices[i] is { } matrix) finish(_waiting[block.Linears[i].Tensor.Weight] with { Matrix = matrix });
        }

        _waiting.Clear();
        return result.Matrices;
    }

    private void KeepTuned(int index, DecoderBlock block) => _tuned.Keep(block, new DecoderTensors(_source.Config, _source.Tensors).Layer(index));

    /// <summary>A matrix whose layer is not complete.</summary>
    /// <param name="Job">What it was made for.</param>
    /// <param name="Weights">The weights, behind the rotation where there is one.</param>
    /// <param name="Matrix">What they were quantized to.</param>
    /// <param name="WeightedErrors">The error of each level in the metric of its input.</param>
    private sealed record WaitingMatrix(QuantizationJob Job, FloatMatrix Weights, CanonicalMatrix Matrix, ImmutableArray<double> WeightedErrors);
}
