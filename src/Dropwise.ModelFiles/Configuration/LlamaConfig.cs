namespace Dropwise.ModelFiles;

/// <summary>Reads the configuration of the Llama architecture; defaults are those of transformers' LlamaConfig.</summary>
internal static class LlamaConfig
{
    private const double DefaultTheta = 10000;
    private const double DefaultEpsilon = 1e-6;
    private const int DefaultPositions = 2048;
    private const string Silu = "silu";

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(ConfigFields fields)
    {
        ConfigDocument document = fields.Document;
        int hidden = fields.Size("hidden_size", document.HiddenSize);
        int heads = fields.Size("num_attention_heads", document.NumAttentionHeads);
        int keyValueHeads = fields.Size("num_key_value_heads", document.NumKeyValueHeads ?? heads);
        if (heads % keyValueHeads != 0)
            throw fields.Invalid("num_key_value_heads", $"is {keyValueHeads}, which does not divide {heads} heads");
        if (document.HeadDim is null && hidden % heads != 0)
            throw fields.Invalid("hidden_size", $"is {hidden}, which {heads} heads do not divide, and there is no head_dim");
        int headDimension = fields.Size("head_dim", document.HeadDim ?? (hidden / heads));
        if (headDimension % 2 != 0)
            throw fields.Invalid("head_dim", $"is {headDimension}; rotary embedding turns pairs, so it must be even");
        fields.Size("num_attention_heads x head_dim", (int)Math.Min((long)heads * headDimension, int.MaxValue));
        string activation = document.HiddenAct ?? Silu;
        if (activation != Silu)
            throw fields.Invalid("hidden_act", $"is '{activation}'; supported is {Silu}");

        return new ModelConfig
        {
            ModelType = document.ModelType!,
            HiddenSize = hidden,
            IntermediateSize = fields.Size("intermediate_size", document.IntermediateSize),
            Layers = fields.Size("num_hidden_layers", document.NumHiddenLayers),
            Heads = heads,
            KeyValueHeads = keyValueHeads,
            HeadDimension = headDimension,
            VocabularySize = fields.Size("vocab_size", document.VocabSize),
            MaximumPositions = fields.Size("max_position_embeddings", document.MaxPositionEmbeddings ?? DefaultPositions),
            RmsNormEpsilon = fields.Positive("rms_norm_eps", document.RmsNormEps ?? DefaultEpsilon),
            Rope = fields.Rope(DefaultTheta),
            TiedEmbeddings = document.TieWordEmbeddings ?? false,
            HiddenActivation = activation,
            AttentionBias = document.AttentionBias ?? false,
            FeedForwardBias = document.MlpBias ?? false,
        };
    }
}
