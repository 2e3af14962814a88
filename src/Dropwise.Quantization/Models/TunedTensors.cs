using System.Runtime.InteropServices;
using Dropwise.Inference;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Models;

/// <summary>Norms and biases that were tuned, as a file holds them: float32 under the names of the model's own tensors, which they stand for.</summary>
/// <param name="config">The model's shape.</param>
internal sealed class TunedTensors(ModelConfig config)
{
    private readonly Dictionary<string, float[]> _values = new(StringComparer.Ordinal);

    /// <summary>Keeps a layer's norms and biases.</summary>
    /// <param name="block">The layer, tuned.</param>
    /// <param name="tensors">The names of its tensors.</param>
    public void Keep(DecoderBlock block, LayerTensors tensors)
    {
        foreach ((NormWeights norm, NormTensor tensor) in block.Norms.Zip(tensors.Norms)) Keep(norm, tensor);
        foreach (BlockLinear linear in block.Linears)
        {
            if (linear.Bias is not null) _values.Add(linear.Tensor.Bias!, linear.Bias);
        }
    }

    /// <summary>Keeps a norm. Files of Gemma store factors less 1.</summary>
    /// <param name="norm">The norm, tuned.</param>
    /// <param name="tensor">Its names.</param>
    public void Keep(NormWeights norm, NormTensor tensor)
    {
        float offset = config.Norm.OffsetWeight ? 1 : 0;
        _values.Add(tensor.Weight, [.. norm.Weight.Select(weight => weight - offset)]);
        if (tensor.Bias is not null) _values.Add(tensor.Bias, norm.Bias!);
    }

    /// <summary>A tensor that is not quantized, as the file is to hold it: tuned values, or its own bytes.</summary>
    /// <param name="tensor">The tensor.</param>
    public TensorContent ContentOf(TensorView tensor) => _values.TryGetValue(tensor.Name, out float[]? values)
        ? new TensorContent(tensor.Name, TensorType.Float32, tensor.Shape, sink => sink.Write(MemoryMarshal.AsBytes(values.AsSpan())))
        : TensorContent.Of(tensor);
}
