namespace Dropwise.ModelFiles;

/// <summary>
/// Gemma 3: normalized queries and keys, and several layers with a window and a rotary base of their own for each layer without;
/// defaults are those of transformers' Gemma3TextConfig.
/// </summary>
internal static class Gemma3Config
{
    private const int DefaultWindow = 4096;
    private const int DefaultPattern = 6;
    private const double DefaultTheta = 1e6;
    private const double DefaultLocalTheta = 10000;

    // Models of text and images leave out even the heads where they are those of the family.
    private static readonly DecoderDefaults Defaults = GemmaConfig.Defaults with
    {
        Positions = 131072, Theta = DefaultTheta, Heads = 8, KeyValueHeads = 4, Vocabulary = 262208,
    };

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        ConfigFields document = fields.Fields;
        ModelConfig config = Gemma2Config.Read(fields, Defaults);
        var rope = new RopeReader(document, config.MaximumPositions);
        var local = new LayerConfig
        {
            Window = document.Size("sliding_window", DefaultWindow),
            Rope = rope.Read(DecoderFields.Sliding, "rope_local_base_freq", olderScaling: null, DefaultLocalTheta),
        };

        // Saved with an underscore by later versions.
        int pattern = document.Size("sliding_window_pattern", document.Size("_sliding_window_pattern", DefaultPattern));
        return config with
        {
            QueryKeyNorm = true,
            AttentionLogitCap = document.OptionalPositive("attn_logit_softcapping"),
            FinalLogitCap = document.OptionalPositive("final_logit_softcapping"),
            Rope = rope.Read(DecoderFields.Full, "rope_theta", "rope_scaling", DefaultTheta),
            LayerConfigs = [.. fields.SlidingLayers(config.Layers, layer => (layer + 1) % pattern != 0).Select(slides => slides ? local : LayerConfig.Plain)],
        };
    }

    /// <summary>Reads the part of a model of text and images that is about text.</summary>
    /// <param name="fields">The fields of the whole model.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig ReadWithImages(DecoderFields fields) =>
        Read(new DecoderFields(fields.Fields.Section("text_config") ?? throw fields.Fields.Missing("text_config")));
}
