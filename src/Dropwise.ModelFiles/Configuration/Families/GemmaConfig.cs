using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>Gemma: scaled embeddings, GeGLU, and norms that store the distance of their factor from one; defaults are those of transformers' GemmaConfig.</summary>
internal static class GemmaConfig
{
    /// <summary>
    /// A field of ours: whether norms are stored without the one that is added to them. They are in Hugging Face models, and not in GGUF files, whose
    /// configuration says so, and with it that of a checkpoint that is quantized from one.
    /// </summary>
    internal const string OffsetField = "norm_weight_offset";

    private const int DefaultHeadDimension = 256;
    private const string TanhApproximation = "gelu_pytorch_tanh";

    /// <summary>What the family takes for fields that are left out.</summary>
    internal static DecoderDefaults Defaults { get; } = new()
    {
        Positions = 8192, HeadDimension = DefaultHeadDimension, TiedEmbeddings = true, Activation = TanhApproximation,
    };

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields) => Read(fields, Defaults);

    /// <summary>What all generations of Gemma share.</summary>
    /// <param name="fields">The fields.</param>
    /// <param name="defaults">What the generation takes for fields that are left out.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    internal static ModelConfig Read(DecoderFields fields, DecoderDefaults defaults)
    {
        if (fields.Fields.Flag("use_bidirectional_attention", false))
            throw fields.Fields.Invalid("use_bidirectional_attention", "is true; only attention to earlier positions is supported");
        ModelConfig config = fields.Read(defaults);
        bool bias = fields.Fields.Flag("attention_bias", false);
        return config with
        {
            Norm = config.Norm with { OffsetWeight = fields.Fields.Flag(OffsetField, true) },
            EmbeddingScale = Math.Sqrt(config.HiddenSize),
            QueryKeyValueBias = bias,
            AttentionOutputBias = bias,

            // The first configurations say "gelu" in hidden_act and mean the approximation, which Google's own code computes.
            Activation = fields.Fields.Has("hidden_activation") ? fields.Activation("hidden_activation", TanhApproximation)
                : config.Activation == ActivationFunction.Gelu ? ActivationFunction.GeluTanh
                : config.Activation,
        };
    }
}
