using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>Qwen3-MoE: Qwen3 with a mixture of experts in some layers; defaults are those of transformers' Qwen3MoeConfig.</summary>
internal static class Qwen3MixtureConfig
{
    private const int DefaultExperts = 128;
    private const int DefaultUsed = 8;
    private const int DefaultIntermediate = 768;

    /// <summary>Reads a configuration.</summary>
    /// <param name="fields">The fields.</param>
    /// <exception cref="ModelFileException">A field is missing, invalid or not supported.</exception>
    public static ModelConfig Read(DecoderFields fields)
    {
        ConfigFields document = fields.Fields;
        ModelConfig config = Qwen3Config.Attention(fields, Qwen2Config.Defaults);

        // Transformers 5 calls the number of experts as Mixtral does.
        ExpertConfig experts = fields.Experts(
            document.Has("num_local_experts") ? "num_local_experts" : "num_experts", DefaultExperts, DefaultUsed,
            document.Size("moe_intermediate_size", DefaultIntermediate), document.Flag("norm_topk_prob", false));
        int step = document.Size("decoder_sparse_step", 1);
        ImmutableArray<int> dense = document.Numbers("mlp_only_layers");
        int? window = Qwen2Config.Window(document);
        return config with
        {
            LayerConfigs =
            [
                .. Enumerable.Range(0, config.Layers).Select(
                    layer => new LayerConfig { Window = window, Experts = (layer + 1) % step == 0 && !dense.Contains(layer) ? experts : null }),
            ],
        };
    }
}
