using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// The shape of a decoder-only transformer, whatever the spelling of its <c>config.json</c>: parts that families combine. Every number was
/// checked when it was read: sizes are positive, query heads are a multiple of key-value heads, a head's dimension is even.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>The architecture, as <c>model_type</c> names it.</summary>
    public required string ModelType { get; init; }

    /// <summary>Elements of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Elements between the two products of a dense feed-forward network.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Decoder layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads, a divisor of <see cref="Heads"/>.</summary>
    public required int KeyValueHeads { get; init; }

    /// <summary>Elements of one head.</summary>
    public required int HeadDimension { get; init; }

    /// <summary>Rows of the embedding.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Positions that the model was trained for.</summary>
    public required int MaximumPositions { get; init; }

    /// <summary>The norms of the residual stream.</summary>
    public required NormConfig Norm { get; init; }

    /// <summary>The rotary position embedding of layers that name no other.</summary>
    public required RopeConfig Rope { get; init; }

    /// <summary>Whether the head is the embedding.</summary>
    public required bool TiedEmbeddings { get; init; }

    /// <summary>The activation of feed-forward networks.</summary>
    public ActivationFunction Activation { get; init; } = ActivationFunction.Silu;

    /// <summary>Whether the activation of a gate product multiplies an up product; otherwise the up product itself is activated.</summary>
    public bool IsGated { get; init; } = true;

    /// <summary>How attention, feed-forward network and norms of a layer are put together.</summary>
    public LayerStructure Structure { get; init; } = LayerStructure.Sequential;

    /// <summary>How the queries, keys and values of a token lie beside each other.</summary>
    public QueryKeyValueLayout QueryKeyValue { get; init; } = QueryKeyValueLayout.Separate;

    /// <summary>Whether queries and keys of a head are normalized before they are turned.</summary>
    public bool QueryKeyNorm { get; init; }

    /// <summary>What a score is divided by is the root of this; null for the elements of a head.</summary>
    public double? QueryScalar { get; init; }

    /// <summary>The bound c of attention scores, c · tanh(score / c), or null.</summary>
    public double? AttentionLogitCap { get; init; }

    /// <summary>The bound c of logits, c · tanh(logit / c), or null.</summary>
    public double? FinalLogitCap { get; init; }

    /// <summary>What rows of the embedding are multiplied by.</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>Whether the query, key and value projections add a bias.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Whether the attention's output projection adds a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the feed-forward network's products add a bias.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>What each layer does differently; empty where none does.</summary>
    public ImmutableArray<LayerConfig> LayerConfigs { get; init; } = [];

    /// <summary>What the model's tensors are called.</summary>
    public TensorNames Names { get; init; } = TensorNames.Llama;

    /// <summary>The element type that the model was saved in, as <c>dtype</c> or <c>torch_dtype</c> names it, or null; the tensors say their own.</summary>
    public string? SavedType { get; init; }

    /// <summary>The token that a text starts with, or null.</summary>
    public int? BeginToken { get; init; }

    /// <summary>The tokens that end a text; perhaps none.</summary>
    public ImmutableArray<int> EndTokens { get; init; } = [];

    /// <summary>Query heads that share a key-value head.</summary>
    public int HeadsPerKeyValueHead => Heads / KeyValueHeads;

    /// <summary>Rows of the query projection: elements of all query heads.</summary>
    public int QueryRows => Heads * HeadDimension;

    /// <summary>Rows of the key or the value projection: elements of all key-value heads.</summary>
    public int KeyRows => KeyValueHeads * HeadDimension;

    /// <summary>The factor of an attention score.</summary>
    public double AttentionScale => 1 / Math.Sqrt(QueryScalar ?? HeadDimension);

    /// <summary>What a layer does differently.</summary>
    /// <param name="index">The layer, from 0.</param>
    public LayerConfig Layer(int index) => LayerConfigs.IsEmpty ? LayerConfig.Plain : LayerConfigs[index];

    /// <summary>The rotary position embedding of a layer.</summary>
    /// <param name="index">The layer, from 0.</param>
    public RopeConfig RopeOf(int index) => Layer(index).Rope ?? Rope;

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">Where the text is from, for messages.</param>
    /// <param name="configText">The text of <c>config.json</c>.</param>
    /// <param name="generationText">The text of <c>generation_config.json</c>, whose token ids go before those of the configuration, or null.</param>
    /// <exception cref="ModelFileException">The text is not JSON, a field is missing or invalid, or the architecture is not supported.</exception>
    public static ModelConfig Parse(string path, string configText, string? generationText = null) =>
        ModelConfigReader.Read(path, configText, generationText);
}
