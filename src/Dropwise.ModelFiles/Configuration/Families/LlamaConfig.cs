namespace Dropwise.ModelFiles;

/// <summary>Llama 2 and 3, SmolLM2; defaults are those of transformers' LlamaConfig.</summary>
internal static class LlamaConfig
{
    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        bool attentionBias = fields.Fields.Flag("attention_bias", false);
        return fields.Read(new DecoderDefaults()) with
        {
            QueryKeyValueBias = attentionBias,
            AttentionOutputBias = attentionBias,
            FeedForwardBias = fields.Fields.Flag("mlp_bias", false),
        };
    }
}
