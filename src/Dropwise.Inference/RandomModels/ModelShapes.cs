using System.Collections.Frozen;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Shapes of known models, for random models of their size.</summary>
public static class ModelShapes
{
    // What the models' authors publish as config.json, as far as it decides the shape.
    private const string Gemma3Of1B =
        """
        {"model_type":"gemma3_text","hidden_size":1152,"intermediate_size":6912,"num_hidden_layers":26,"num_attention_heads":4,"num_key_value_heads":1,
        "head_dim":256,"vocab_size":262144,"max_position_embeddings":32768,"sliding_window":512,"query_pre_attn_scalar":256}
        """;

    private const string Qwen3Of600M =
        """
        {"model_type":"qwen3","hidden_size":1024,"intermediate_size":3072,"num_hidden_layers":28,"num_attention_heads":16,"num_key_value_heads":8,
        "head_dim":128,"vocab_size":151936,"max_position_embeddings":40960,"rope_theta":1000000,"tie_word_embeddings":true}
        """;

    private const string Qwen3MixtureOf30B =
        """
        {"model_type":"qwen3_moe","hidden_size":2048,"intermediate_size":6144,"num_hidden_layers":48,"num_attention_heads":32,"num_key_value_heads":4,
        "head_dim":128,"vocab_size":151936,"max_position_embeddings":40960,"rope_theta":1000000,"num_experts":128,"num_experts_per_tok":8,
        "moe_intermediate_size":768,"norm_topk_prob":true}
        """;

    /// <summary>The shapes by name.</summary>
    public static FrozenDictionary<string, ModelConfig> All { get; } = new Dictionary<string, ModelConfig>
    {
        ["gemma3-1b"] = ModelConfig.Parse("gemma3-1b", Gemma3Of1B),
        ["llama-1b"] = Llama(hidden: 2048, intermediate: 8192, layers: 16, heads: 32, keyValueHeads: 8, headDimension: 64, vocabulary: 128256),
        ["llama-7b"] = Llama(hidden: 4096, intermediate: 11008, layers: 32, heads: 32, keyValueHeads: 32, headDimension: 128, vocabulary: 32000) with { TiedEmbeddings = false },
        ["llama-8b"] = Llama(hidden: 4096, intermediate: 14336, layers: 32, heads: 32, keyValueHeads: 8, headDimension: 128, vocabulary: 128256),
        ["qwen3-0.6b"] = ModelConfig.Parse("qwen3-0.6b", Qwen3Of600M),
        ["qwen3-30b-a3b"] = ModelConfig.Parse("qwen3-30b-a3b", Qwen3MixtureOf30B),
        ["smollm2-135m"] = Llama(hidden: 576, intermediate: 1536, layers: 30, heads: 9, keyValueHeads: 3, headDimension: 64, vocabulary: 49152),
        ["tiny-stories-7m"] = Llama(hidden: 256, intermediate: 768, layers: 8, heads: 8, keyValueHeads: 4, headDimension: 32, vocabulary: 4096),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The shape of a name.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="InferenceException">There is no such shape; the message lists all.</exception>
    public static ModelConfig Find(string name) => All.TryGetValue(name, out ModelConfig? shape)
        ? shape
        : throw new InferenceException($"there is no shape '{name}'; known are {string.Join(", ", All.Keys.Order(StringComparer.Ordinal))}");

    private static ModelConfig Llama(int hidden, int intermediate, int layers, int heads, int keyValueHeads, int headDimension, int vocabulary) => new()
    {
        ModelType = "llama",
        HiddenSize = hidden,
        IntermediateSize = intermediate,
        Layers = layers,
        Heads = heads,
        KeyValueHeads = keyValueHeads,
        HeadDimension = headDimension,
        VocabularySize = vocabulary,
        MaximumPositions = 8192,
        Norm = new NormConfig(NormKind.RootMeanSquare, 1e-5),
        Rope = new RopeConfig(500000, null),
        TiedEmbeddings = true,
    };
}
