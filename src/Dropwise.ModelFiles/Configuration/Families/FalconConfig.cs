namespace Dropwise.ModelFiles;

/// <summary>
/// Falcon in both of its forms: one key-value head for all (multi-query), or groups of heads and a norm for each branch (the new decoder
/// architecture). Both have LayerNorm, fused projections and no gate; defaults are those of transformers' FalconConfig.
/// </summary>
internal static class FalconConfig
{
    /// <summary>
    /// A field of ours: whether rows of the fused projection are those of one group of heads after another, as in Hugging Face models of more than one
    /// key-value head; GGUF files have all queries, then all keys, then all values.
    /// </summary>
    internal const string GroupedField = "qkv_grouped";

    private const double DefaultTheta = 10000;
    private const double DefaultEpsilon = 1e-5;
    private const int DefaultPositions = 2048;
    private const int InnerOfHidden = 4;

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        ConfigFields document = fields.Fields;
        if (document.Flag("alibi", false)) throw document.Invalid("alibi", "is true; only rotary position embedding is supported");
        int hidden = document.Size("hidden_size");
        int heads = document.Size(Older(document, "num_attention_heads", "n_head"));
        if (hidden % heads != 0) throw document.Invalid("hidden_size", $"is {hidden}, which {heads} heads do not divide");
        fields.RequireHeads(heads, hidden / heads);
        bool isNew = document.Flag("new_decoder_architecture", false), isMultiQuery = document.Flag("multi_query", true);
        string keyField = Older(document, "num_kv_heads", "n_head_kv");
        int keyValueHeads = isNew ? document.Size(keyField, heads) : isMultiQuery ? 1 : heads;
        if (heads % keyValueHeads != 0) throw document.Invalid(keyField, $"is {keyValueHeads}, which does not divide {heads} heads");
        int positions = fields.Positions(DefaultPositions);
        bool bias = document.Flag("bias", false);
        return new ModelConfig
        {
            ModelType = "",
            HiddenSize = hidden,
            IntermediateSize = document.Size("ffn_hidden_size", (int)Math.Min((long)hidden * InnerOfHidden, ConfigFields.LargestSize)),
            Layers = fields.Layers(Older(document, "num_hidden_layers", "n_layer")),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadDimension = hidden / heads,
            VocabularySize = document.Size("vocab_size"),
            MaximumPositions = positions,
            Norm = new NormConfig(NormKind.Layer, document.Positive("layer_norm_epsilon", DefaultEpsilon)),
            Rope = new RopeReader(document, positions).Read(DefaultTheta),
            TiedEmbeddings = document.Flag("tie_word_embeddings", true),
            Activation = fields.Activation("activation", "gelu"),
            IsGated = false,
            Structure = Structure(document, isNew),
            QueryKeyValue = (isNew || !isMultiQuery) && document.Flag(GroupedField, true) ? QueryKeyValueLayout.FusedByGroup : QueryKeyValueLayout.Fused,
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,
            FeedForwardBias = bias,
            Names = isNew && Norms(document, isNew) == 2 ? TensorNames.FalconTwoNorms : TensorNames.Falcon,
        };
    }

    private static LayerStructure Structure(ConfigFields document, bool isNew)
    {
        bool isParallel = isNew || document.Flag("parallel_attn", true);
        if (!isParallel) return LayerStructure.Sequential;
        return Norms(document, isNew) == 2 ? LayerStructure.ParallelTwoNorms : LayerStructure.Parallel;
    }

    // The older form has one norm whatever the field says.
    private static int Norms(ConfigFields document, bool isNew) => isNew ? document.Size("num_ln_in_parallel_attn", 2, largest: 2) : 1;

    private static string Older(ConfigFields document, string field, string older) => !document.Has(field) && document.Has(older) ? older : field;
}
