namespace Dropwise.ModelFiles;

/// <summary>Mixtral: Mistral with a mixture of experts in every layer; defaults are those of transformers' MixtralConfig.</summary>
internal static class MixtralConfig
{
    private const int DefaultExperts = 8;
    private const int DefaultUsed = 2;

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        ModelConfig config = fields.Read(MistralConfig.Defaults with { Theta = 1e6, Epsilon = 1e-5 });
        var layer = new LayerConfig
        {
            Window = fields.Fields.OptionalSize("sliding_window"),
            Experts = fields.Experts("num_local_experts", DefaultExperts, DefaultUsed, config.IntermediateSize, normalized: true),
        };
        return config with { LayerConfigs = [.. Enumerable.Repeat(layer, config.Layers)], Names = TensorNames.Mixtral };
    }
}
