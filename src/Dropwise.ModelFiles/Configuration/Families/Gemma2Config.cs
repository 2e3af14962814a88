namespace Dropwise.ModelFiles;

/// <summary>
/// Gemma 2: norms before and after, bounded scores and logits, and a window in every other layer; defaults are those of transformers'
/// Gemma2Config.
/// </summary>
internal static class Gemma2Config
{
    private const int DefaultWindow = 4096;
    private const double DefaultQueryScalar = 256;
    private const double DefaultAttentionCap = 50;
    private const double DefaultFinalCap = 30;

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        ConfigFields document = fields.Fields;
        ModelConfig config = Read(fields, GemmaConfig.Defaults);

        // A null says that there is no bound, a missing field says nothing.
        double? Cap(string field, double byDefault) => document.Mentions(field) ? document.OptionalPositive(field) : byDefault;
        return config with
        {
            AttentionLogitCap = Cap("attn_logit_softcapping", DefaultAttentionCap),
            FinalLogitCap = Cap("final_logit_softcapping", DefaultFinalCap),
            LayerConfigs = fields.WindowedLayers(config.Layers, document.Size("sliding_window", DefaultWindow), static layer => layer % 2 == 0),
        };
    }

    /// <summary>What Gemma 2 and 3 share.</summary>
    /// <param name="fields">The fields.</param>
    /// <param name="defaults">What the generation takes for fields that are left out.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    internal static ModelConfig Read(DecoderFields fields, DecoderDefaults defaults) => GemmaConfig.Read(fields, defaults) with
    {
        Structure = LayerStructure.Sandwich,
        QueryScalar = fields.Fields.Positive("query_pre_attn_scalar", DefaultQueryScalar),
        Names = TensorNames.Gemma2,
    };
}
