using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>
/// The shape of a decoder-only transformer, whatever the spelling of its <c>config.json</c>. Every number was checked when it was
/// read: sizes are positive, query heads are a multiple of key-value heads, a head's dimension is even.
/// </summary>
public sealed record ModelConfig
{
    /// <summary>The architecture, as <c>model_type</c> names it.</summary>
    public required string ModelType { get; init; }

    /// <summary>Elements of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Elements between the two products of the feed-forward network.</summary>
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

    /// <summary>What RMSNorm adds to the mean square.</summary>
    public required double RmsNormEpsilon { get; init; }

    /// <summary>The rotary position embedding.</summary>
    public required RopeConfig Rope { get; init; }

    /// <summary>Whether the head is the embedding.</summary>
    public required bool TiedEmbeddings { get; init; }

    /// <summary>The activation of the feed-forward network's gate, such as <c>silu</c>.</summary>
    public required string HiddenActivation { get; init; }

    /// <summary>Whether the attention's projections add a bias.</summary>
    public required bool AttentionBias { get; init; }

    /// <summary>Whether the feed-forward network's products add a bias.</summary>
    public required bool FeedForwardBias { get; init; }

    /// <summary>The element type that the model was saved in, as <c>dtype</c> or <c>torch_dtype</c> names it, or null; the tensors say their own.</summary>
    public string? SavedType { get; init; }

    /// <summary>The token that a text starts with, or null.</summary>
    public int? BeginToken { get; init; }

    /// <summary>The tokens that end a text; perhaps none.</summary>
    public ImmutableArray<int> EndTokens { get; init; } = [];

    /// <summary>Query heads that share a key-value head.</summary>
    public int HeadsPerKeyValueHead => Heads / KeyValueHeads;

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">Where the text is from, for messages.</param>
    /// <param name="configText">The text of <c>config.json</c>.</param>
    /// <param name="generationText">The text of <c>generation_config.json</c>, whose token ids go before those of the configuration, or null.</param>
    /// <exception cref="ModelFileException">The text is not JSON, a field is missing or invalid, or the architecture is not supported.</exception>
    public static ModelConfig Parse(string path, string configText, string? generationText = null) =>
        ModelConfigReader.Read(path, configText, generationText);
}
