using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>What families take for fields that a configuration leaves out.</summary>
internal sealed record DecoderDefaults
{
    public double Theta { get; init; } = 10000;

    public double Epsilon { get; init; } = 1e-6;

    public int Positions { get; init; } = 2048;

    /// <summary>Null where the configuration must say.</summary>
    public int? Heads { get; init; }

    /// <summary>Null for as many as heads.</summary>
    public int? KeyValueHeads { get; init; }

    /// <summary>Null where the configuration must say.</summary>
    public int? Vocabulary { get; init; }

    /// <summary>Null where heads share out the residual stream.</summary>
    public int? HeadDimension { get; init; }

    public bool TiedEmbeddings { get; init; }

    public string Activation { get; init; } = "silu";
}

/// <summary>The fields that decoders of most families spell alike.</summary>
/// <param name="fields">The fields.</param>
internal sealed class DecoderFields(ConfigFields fields)
{
    /// <summary>The type of layers that attend to all positions.</summary>
    public const string Full = "full_attention";

    /// <summary>The type of layers that attend to a window.</summary>
    public const string Sliding = "sliding_attention";

    // Far above any model; what a configuration claims is held in memory before a tensor is looked for.
    private const int MostLayers = 1 << 14;
    private const int MostExperts = 1 << 14;

    /// <summary>The fields as they stand.</summary>
    public ConfigFields Fields => fields;

    /// <summary>The error of a model whose heads, when multiplied out, are absurd.</summary>
    /// <param name="heads">Heads.</param>
    /// <param name="dimension">Elements of a head.</param>
    /// <exception cref="ModelFileException">The product is too large, or the dimension is odd.</exception>
    public void RequireHeads(int heads, int dimension)
    {
        if (dimension % 2 != 0) throw fields.Invalid("head_dim", $"is {dimension}; rotary embedding turns pairs, so it must be even");
        if ((long)heads * dimension > ConfigFields.LargestSize)
            throw fields.Invalid("num_attention_heads x head_dim", $"is {(long)heads * dimension}, not a size between 1 and {ConfigFields.LargestSize}");
    }

    /// <summary>The model as far as families agree: the residual stream, heads, rotary embedding, RMS norms and a gated feed-forward network.</summary>
    /// <param name="defaults">What the family takes for fields that are left out.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public ModelConfig Read(DecoderDefaults defaults)
    {
        int hidden = fields.Size("hidden_size"), heads = fields.Size("num_attention_heads", defaults.Heads);
        int keyValueHeads = fields.Size("num_key_value_heads", defaults.KeyValueHeads ?? heads);
        if (heads % keyValueHeads != 0)
            throw fields.Invalid("num_key_value_heads", $"is {keyValueHeads}, which does not divide {heads} heads");
        int? headDimension = fields.OptionalSize("head_dim") ?? defaults.HeadDimension;
        if (headDimension is null && hidden % heads != 0)
            throw fields.Invalid("hidden_size", $"is {hidden}, which {heads} heads do not divide, and there is no head_dim");
        RequireHeads(heads, headDimension ?? (hidden / heads));
        int positions = Positions(defaults.Positions);
        return new ModelConfig
        {
            ModelType = "",
            HiddenSize = hidden,
            IntermediateSize = fields.Size("intermediate_size"),
            Layers = Layers("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadDimension = headDimension ?? (hidden / heads),
            VocabularySize = fields.Size("vocab_size", defaults.Vocabulary),
            MaximumPositions = positions,
            Norm = new NormConfig(NormKind.RootMeanSquare, fields.Positive("rms_norm_eps", defaults.Epsilon)),
            Rope = new RopeReader(fields, positions).Read(defaults.Theta),
            TiedEmbeddings = fields.Flag("tie_word_embeddings", defaults.TiedEmbeddings),
            Activation = Activation("hidden_act", defaults.Activation),
        };
    }

    /// <summary>The number of layers.</summary>
    /// <param name="field">The field's name.</param>
    /// <exception cref="ModelFileException">It is missing or invalid.</exception>
    public int Layers(string field) => fields.Size(field, largest: MostLayers);

    /// <summary>Positions that the model was trained for.</summary>
    /// <param name="byDefault">What the family takes.</param>
    /// <exception cref="ModelFileException">They are invalid.</exception>
    public int Positions(int byDefault) => fields.Size("max_position_embeddings", byDefault);

    /// <summary>An activation.</summary>
    /// <param name="field">The field's name.</param>
    /// <param name="byDefault">Its name where the field is missing.</param>
    /// <exception cref="ModelFileException">It is not supported.</exception>
    public ActivationFunction Activation(string field, string byDefault) => (fields.Text(field) ?? byDefault) switch
    {
        "silu" => ActivationFunction.Silu,
        "gelu" => ActivationFunction.Gelu,
        "gelu_pytorch_tanh" or "gelu_new" => ActivationFunction.GeluTanh,
        { } name => throw fields.Invalid(field, $"is '{name}'; supported are silu, gelu, gelu_pytorch_tanh"),
    };

    /// <summary>Layers that attend to a window only, as <c>layer_types</c> or else the family says.</summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="byFamily">Whether a layer does where the configuration names no types.</param>
    /// <exception cref="ModelFileException">There are more or fewer types than layers, or one is not supported.</exception>
    public ImmutableArray<bool> SlidingLayers(int layers, Func<int, bool> byFamily)
    {
        const string Field = "layer_types";
        if (!fields.Has(Field)) return [.. Enumerable.Range(0, layers).Select(byFamily)];
        ImmutableArray<string> types = fields.Texts(Field);
        if (types.FirstOrDefault(static type => type is not (Full or Sliding)) is { } other)
            throw fields.Invalid(Field, $"holds '{other}'; supported are {Full}, {Sliding}");
        if (types.Length != layers) throw fields.Invalid(Field, $"has {types.Length} elements for {layers} layers");
        return [.. types.Select(static type => type == Sliding)];
    }

    /// <summary>The layers of a model whose windows all layers share, or some as <c>layer_types</c> says.</summary>
    /// <param name="layers">Layers of the model.</param>
    /// <param name="window">The window, or null for none.</param>
    /// <param name="byFamily">Whether a layer has one where the configuration names no types.</param>
    /// <exception cref="ModelFileException">There are more or fewer types than layers, or one is not supported.</exception>
    public ImmutableArray<LayerConfig> WindowedLayers(int layers, int? window, Func<int, bool> byFamily) => window is null
        ? []
        : [.. SlidingLayers(layers, byFamily).Select(slides => slides ? new LayerConfig { Window = window } : LayerConfig.Plain)];

    /// <summary>A mixture of experts.</summary>
    /// <param name="countField">The field that holds the number of experts.</param>
    /// <param name="count">The number where the field is missing.</param>
    /// <param name="used">Experts of a token where <c>num_experts_per_tok</c> is missing.</param>
    /// <param name="intermediate">Elements between the two products of an expert.</param>
    /// <param name="normalized">Whether the weights of a token's experts are made to sum to one.</param>
    /// <exception cref="ModelFileException">A number is invalid.</exception>
    public ExpertConfig Experts(string countField, int count, int used, int intermediate, bool normalized)
    {
        const string UsedField = "num_experts_per_tok";
        var experts = new ExpertConfig(fields.Size(countField, count, MostExperts), fields.Size(UsedField, used), intermediate, normalized);
        return experts.Used <= experts.Count
            ? experts
            : throw fields.Invalid(UsedField, $"is {experts.Used}, more than the {experts.Count} of {countField}");
    }
}
