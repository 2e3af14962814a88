namespace Dropwise.ModelFiles;

/// <summary>Mistral: Llama with a window in every layer; defaults are those of transformers' MistralConfig.</summary>
internal static class MistralConfig
{
    private const int DefaultWindow = 4096;

    /// <summary>What the family takes for fields that are left out.</summary>
    internal static DecoderDefaults Defaults { get; } = new() { Positions = 4096 * 32 };

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        ModelConfig config = fields.Read(Defaults);

        // A null says that there is no window, a missing field says nothing.
        int? window = fields.Fields.Mentions("sliding_window") ? fields.Fields.OptionalSize("sliding_window") : DefaultWindow;
        return config with { LayerConfigs = fields.WindowedLayers(config.Layers, window, static _ => true) };
    }
}
