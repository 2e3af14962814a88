namespace Dropwise.ModelFiles;

/// <summary>Qwen3: normalized queries and keys, and biases only where the configuration asks for them; defaults are those of transformers' Qwen3Config.</summary>
internal static class Qwen3Config
{
    private const int DefaultHeadDimension = 128;

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        ModelConfig config = Attention(fields, Qwen2Config.Defaults with { HeadDimension = DefaultHeadDimension });
        return config with { LayerConfigs = Qwen2Config.Windows(fields, config.Layers) };
    }

    /// <summary>The model with the attention of Qwen3.</summary>
    /// <param name="fields">The fields.</param>
    /// <param name="defaults">What the family takes for fields that are left out.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    internal static ModelConfig Attention(DecoderFields fields, DecoderDefaults defaults)
    {
        bool bias = fields.Fields.Flag("attention_bias", false);
        return fields.Read(defaults) with { QueryKeyNorm = true, QueryKeyValueBias = bias, AttentionOutputBias = bias };
    }
}
