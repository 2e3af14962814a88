using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Inference;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Models;

/// <content>Block tuning: matrices wait until their layer is complete, and norms and biases go into the file as they were tuned.</content>
public sealed partial class ModelQuantizer
{
    private readonly Dictionary<string, (QuantizationJob Job, FloatMatrix Weights, CanonicalMatrix Matrix)> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, float[]> _tuned = new(StringComparer.Ordinal);

    /// <summary>Tunes a layer and hands its matrices to the file.</summary>
    private CanonicalMatrix?[] Tune(
        int index, DecoderBlock block, ImmutableArray<float[][]> inputs, float[][] targets, ImmutableArray<int> served, CheckpointWriter writer, Dictionary<QuantizationJob, TensorSummary> summaries)
    {
        QuantizationJob? nested = _waiting.Values.Select(static entry => entry.Job).FirstOrDefault(static job => job.Format.Descriptor.Nested);
        float[]? weights = nested?.Additive.LevelWeights.For(nested.Format.Descriptor);
        ImmutableArray<TunedLevel> levels =
            [.. served.Select((level, i) => new TunedLevel(level, weights?[Math.Min(level, weights.Length) - 1] ?? 1, inputs[i]))];
        CanonicalMatrix?[] quantized = [.. block.Linears.Select(linear => _waiting.TryGetValue(linear.Tensor.Weight, out var entry) ? entry.Matrix : null)];
        BlockTuningResult result = BlockTuner.Tune(block, quantized, levels, targets, _options.Calibration!.Tuning! with { Seed = _options.Additive.Seed }, _run);
        for (int i = 0; i < quantized.Length; i++)
        {
            if (result.Matrices[i] is not { } matrix) continue;
            (QuantizationJob job, FloatMatrix original, _) = _waiting[block.Linears[i].Tensor.Weight];
            summaries.Add(job, Finish(job, original, matrix, writer, _run));
        }

        _waiting.Clear();
        KeepTuned(block, new DecoderTensors(_source.Config, _source.Tensors).Layer(index));
        return result.Matrices;
    }

    // Files of Gemma store factors less 1.
    private void KeepTuned(DecoderBlock block, LayerTensors tensors)
    {
        float offset = _source.Config.Norm.OffsetWeight ? 1 : 0;
        foreach ((NormWeights norm, NormTensor tensor) in block.Norms.Zip(tensors.Norms))
        {
            _tuned.Add(tensor.Weight, [.. norm.Weight.Select(weight => weight - offset)]);
            if (tensor.Bias is not null) _tuned.Add(tensor.Bias, norm.Bias!);
        }

        foreach (BlockLinear linear in block.Linears)
        {
            if (linear.Bias is not null) _tuned.Add(linear.Tensor.Bias!, linear.Bias);
        }
    }

    /// <summary>A tensor that is not quantized, as the file is to hold it: tuned values in float32, or its own bytes.</summary>
    private TensorContent Content(TensorView tensor) => _tuned.TryGetValue(tensor.Name, out float[]? values)
        ? new TensorContent(tensor.Name, TensorType.Float32, tensor.Shape, sink => sink.Write(MemoryMarshal.AsBytes(values.AsSpan())))
        : TensorContent.Of(tensor);
}
