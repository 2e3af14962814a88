using System.Collections.Immutable;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Models;

/// <summary>The weights of a decoder that quantization is about: the linear layers of attention and feed-forward network, and perhaps the head.</summary>
internal static class LinearWeights
{
    /// <summary>The linear layers in the order in which a token meets them; embedding, head and norms are not among them.</summary>
    /// <param name="source">The model.</param>
    /// <exception cref="ModelFileException">A weight is missing or has another shape than the configuration asks for.</exception>
    public static ImmutableArray<LinearWeight> OfLayers(ModelSource source)
    {
        ModelConfig config = source.Config;
        int hidden = config.HiddenSize;
        int queries = config.Heads * config.HeadDimension;
        int keys = config.KeyValueHeads * config.HeadDimension;
        var weights = ImmutableArray.CreateBuilder<LinearWeight>();
        for (int i = 0; i < config.Layers; i++)
        {
            string layer = $"model.layers.{i}.";
            Add("self_attn.q_proj", "self_attn", queries, hidden);
            Add("self_attn.k_proj", "self_attn", keys, hidden);
            Add("self_attn.v_proj", "self_attn", keys, hidden);
            Add("self_attn.o_proj", "self_attn.o_proj", hidden, queries);
            Add("mlp.gate_proj", "mlp", config.IntermediateSize, hidden);
            Add("mlp.up_proj", "mlp", config.IntermediateSize, hidden);
            Add("mlp.down_proj", "mlp.down_proj", hidden, config.IntermediateSize);

            void Add(string name, string site, int rows, int columns) =>
                weights.Add(LinearWeight.Of(source, $"{layer}{name}.weight", rows, columns, layer + site));
        }

        return weights.ToImmutable();
    }

    /// <summary>The head: the embedding where the two are tied.</summary>
    /// <param name="source">The model.</param>
    /// <exception cref="ModelFileException">The weight is missing or has another shape than the configuration asks for.</exception>
    public static LinearWeight Head(ModelSource source)
    {
        string name = source.Config.TiedEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight";
        return LinearWeight.Of(source, name, source.Config.VocabularySize, source.Config.HiddenSize, name);
    }
}
