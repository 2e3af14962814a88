using System.Collections.Frozen;
using System.Globalization;

namespace Dropwise.ModelFiles;

/// <summary>The names of weights: GGUF's (https://github.com/ggml-org/llama.cpp, <c>gguf-py/gguf/constants.py</c>) and those of Hugging Face models.</summary>
public static class GgufNames
{
    private const string BlockPrefix = "blk.";
    private const string LayerPrefix = "model.layers.";

    private static readonly FrozenDictionary<string, string> Global = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["token_embd"] = "model.embed_tokens",
        ["output_norm"] = "model.norm",
        ["output"] = "lm_head",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Layer = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["attn_norm"] = "input_layernorm",
        ["attn_q"] = "self_attn.q_proj",
        ["attn_k"] = "self_attn.k_proj",
        ["attn_v"] = "self_attn.v_proj",
        ["attn_output"] = "self_attn.o_proj",
        ["attn_q_norm"] = "self_attn.q_norm",
        ["attn_k_norm"] = "self_attn.k_norm",
        ["ffn_norm"] = "post_attention_layernorm",
        ["ffn_gate"] = "mlp.gate_proj",
        ["ffn_up"] = "mlp.up_proj",
        ["ffn_down"] = "mlp.down_proj",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> GlobalBack = Back(Global);

    private static readonly FrozenDictionary<string, string> LayerBack = Back(Layer);

    /// <summary>The Hugging Face name of a GGUF tensor.</summary>
    /// <param name="name">Such as <c>blk.3.attn_q.weight</c>.</param>
    /// <returns>The name itself where it is none that a model of ours reads.</returns>
    public static string ToHuggingFace(string name) => Translate(name, BlockPrefix, LayerPrefix, Global, Layer) ?? name;

    /// <summary>The GGUF name of a Hugging Face weight.</summary>
    /// <param name="name">Such as <c>model.layers.3.self_attn.q_proj.weight</c>.</param>
    /// <returns>Null where GGUF has no name for it.</returns>
    public static string? ToGguf(string name) => Translate(name, LayerPrefix, BlockPrefix, GlobalBack, LayerBack);

    private static string? Translate(
        string name, string prefix, string newPrefix, FrozenDictionary<string, string> global, FrozenDictionary<string, string> layer)
    {
        int dot = name.LastIndexOf('.');
        if (dot < 0) return null;
        string stem = name[..dot];
        string suffix = name[dot..];
        if (global.TryGetValue(stem, out string? whole)) return whole + suffix;
        if (!stem.StartsWith(prefix, StringComparison.Ordinal)) return null;
        int end = stem.IndexOf('.', prefix.Length);
        if (end < 0 || !int.TryParse(stem.AsSpan(prefix.Length, end - prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int index)) return null;
        return layer.TryGetValue(stem[(end + 1)..], out string? part) ? string.Create(CultureInfo.InvariantCulture, $"{newPrefix}{index}.{part}{suffix}") : null;
    }

    private static FrozenDictionary<string, string> Back(FrozenDictionary<string, string> names) =>
        names.ToFrozenDictionary(static pair => pair.Value, static pair => pair.Key, StringComparer.Ordinal);
}
