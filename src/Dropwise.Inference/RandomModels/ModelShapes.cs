using System.Collections.Frozen;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Shapes of known models, for random models of their size.</summary>
public static class ModelShapes
{
    /// <summary>The shapes by name.</summary>
    public static FrozenDictionary<string, ModelConfig> All { get; } = new Dictionary<string, ModelConfig>
    {
        ["llama-1b"] = Llama(hidden: 2048, intermediate: 8192, layers: 16, heads: 32, keyValueHeads: 8, headDimension: 64, vocabulary: 128256),
        ["llama-7b"] = Llama(hidden: 4096, intermediate: 11008, layers: 32, heads: 32, keyValueHeads: 32, headDimension: 128, vocabulary: 32000) with { TiedEmbeddings = false },
        ["llama-8b"] = Llama(hidden: 4096, intermediate: 14336, layers: 32, heads: 32, keyValueHeads: 8, headDimension: 128, vocabulary: 128256),
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
