using System.Text.Json;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Gguf;

/// <summary>The keys that llama.cpp's converter writes for a configuration, as far as they say what a model computes.</summary>
internal static class FamilyMetadata
{
    /// <summary>Composes the metadata.</summary>
    /// <param name="config">The root of <c>config.json</c>, in the spelling of transformers 5.</param>
    public static GgufMetadataBuilder Of(JsonElement config)
    {
        string type = config.GetProperty("model_type").GetString()!;
        string name = type switch { "mistral" or "mixtral" => "llama", "qwen3_moe" => "qwen3moe", "gemma3_text" => "gemma3", _ => type };
        int heads = Integer(config, "num_attention_heads")!.Value, hidden = Integer(config, "hidden_size")!.Value;
        var metadata = new GgufMetadataBuilder();
        metadata.Text("general.architecture", name);
        Copy("hidden_size", "embedding_length");
        Copy(type == "falcon" ? "ffn_hidden_size" : "intermediate_size", "feed_forward_length");
        Copy("num_hidden_layers", "block_count");
        Copy("num_attention_heads", "attention.head_count");
        Copy(type == "falcon" ? "num_kv_heads" : "num_key_value_heads", "attention.head_count_kv");
        Copy("max_position_embeddings", "context_length");
        metadata.Number($"{name}.attention.{(type == "falcon" ? "layer_norm_epsilon" : "layer_norm_rms_epsilon")}", config.GetProperty(type == "falcon" ? "layer_norm_epsilon" : "rms_norm_eps").GetSingle());
        Copy("head_dim", "attention.key_length");
        Copy("head_dim", "attention.value_length");
        metadata.Integer($"{name}.rope.dimension_count", Integer(config, "head_dim") ?? (hidden / heads));
        JsonElement rope = config.GetProperty("rope_parameters");
        if (rope.TryGetProperty("full_attention", out JsonElement full)) rope = full;
        metadata.Number($"{name}.rope.freq_base", rope.GetProperty("rope_theta").GetSingle());
        if (type.StartsWith("gemma", StringComparison.Ordinal)) Copy("sliding_window", "attention.sliding_window");
        Copy("attn_logit_softcapping", "attn_logit_softcapping");
        Copy("final_logit_softcapping", "final_logit_softcapping");
        Copy("num_local_experts", "expert_count");
        Copy("num_experts_per_tok", "expert_used_count");
        Copy("moe_intermediate_size", "expert_feed_forward_length");

        // Llama.cpp takes the elements of a head, which this random model does not.
        if (type == "gemma2") metadata.Number("gemma2.attention.scale", 1 / MathF.Sqrt(config.GetProperty("query_pre_attn_scalar").GetSingle()));
        return metadata;

        void Copy(string field, string key)
        {
            if (!config.TryGetProperty(field, out JsonElement value) || value.ValueKind == JsonValueKind.Null) return;
            if (key.EndsWith("capping", StringComparison.Ordinal)) metadata.Number($"{name}.{key}", value.GetSingle());
            else metadata.Integer($"{name}.{key}", value.GetInt32());
        }
    }

    private static int? Integer(JsonElement config, string field) => config.TryGetProperty(field, out JsonElement value) ? value.GetInt32() : null;
}
