using System.Collections.Immutable;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Models;

/// <summary>The weights of a decoder that quantization is about: the linear layers of attention and feed-forward networks, and perhaps the head.</summary>
internal static class LinearWeights
{
    /// <summary>The linear layers in the order in which a token meets them; embedding, head, routers, norms and biases are not among them.</summary>
    /// <param name="source">The model.</param>
    /// <exception cref="ModelFileException">A weight is missing or has another shape than the configuration asks for.</exception>
    public static ImmutableArray<LinearWeight> OfLayers(ModelSource source)
    {
        var tensors = new DecoderTensors(source.Config, source.Tensors);
        return [.. Enumerable.Range(0, source.Config.Layers).SelectMany(layer => tensors.Layer(layer).Linears).Select(tensor => LinearWeight.Of(source, tensor))];
    }

    /// <summary>The head: the embedding where the two are tied.</summary>
    /// <param name="source">The model.</param>
    /// <exception cref="ModelFileException">The weight is missing or has another shape than the configuration asks for.</exception>
    public static LinearWeight Head(ModelSource source) => LinearWeight.Of(source, new DecoderTensors(source.Config, source.Tensors).Head);
}
