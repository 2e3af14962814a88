using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>Qwen2 and Qwen2.5: Llama with biases of q, k and v; defaults are those of transformers' Qwen2Config.</summary>
internal static class Qwen2Config
{
    private const int DefaultFullLayers = 28;
    private const int DefaultWindow = 4096;

    /// <summary>What the family takes for fields that are left out.</summary>
    internal static DecoderDefaults Defaults { get; } = new() { Positions = 32768 };

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        ModelConfig config = fields.Read(Defaults);
        return config with { QueryKeyValueBias = true, LayerConfigs = Windows(fields, config.Layers) };
    }

    /// <summary>The windows of the upper layers, where the configuration switches them on.</summary>
    /// <param name="fields">The fields.</param>
    /// <param name="layers">Layers of the model.</param>
    /// <exception cref="ModelFileException">A field is invalid.</exception>
    internal static ImmutableArray<LayerConfig> Windows(DecoderFields fields, int layers)
    {
        ConfigFields document = fields.Fields;
        int fullLayers = document.Count("max_window_layers", DefaultFullLayers);
        return fields.WindowedLayers(layers, Window(document), layer => layer >= fullLayers);
    }

    /// <summary>The window, or null where the configuration does not switch it on.</summary>
    /// <param name="document">The fields.</param>
    /// <exception cref="ModelFileException">A field is invalid.</exception>
    internal static int? Window(ConfigFields document)
    {
        if (!document.Flag("use_sliding_window", false)) return null;
        return document.Mentions("sliding_window") ? document.OptionalSize("sliding_window") : DefaultWindow;
    }
}
