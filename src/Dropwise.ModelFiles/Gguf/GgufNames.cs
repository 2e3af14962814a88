using System.Collections.Frozen;
using System.Globalization;

namespace Dropwise.ModelFiles;

/// <summary>
/// The names of a model's weights in GGUF files (https://github.com/ggml-org/llama.cpp, <c>gguf-py/gguf/constants.py</c>) and in Hugging Face's. All experts of
/// a layer are one tensor there, [experts, rows, columns], and many here.
/// </summary>
public sealed class GgufNames
{
    private const string BlockPrefix = "blk.";
    private const string ExpertsSuffix = "_exps";

    private readonly string _layerPrefix;
    private readonly string _expertsPrefix;
    private readonly FrozenDictionary<string, string> _global;
    private readonly FrozenDictionary<string, string> _layer;
    private readonly FrozenDictionary<string, string> _expert;
    private readonly FrozenDictionary<string, string> _globalBack;
    private readonly FrozenDictionary<string, string> _layerBack;
    private readonly FrozenDictionary<string, string> _expertBack;

    /// <summary>Lists the names of a model.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="prefix">What all Hugging Face names but the head's start with, or null for what the family takes by itself.</param>
    public GgufNames(ModelConfig config, string? prefix = null)
    {
        TensorNames names = config.Names;
        prefix ??= names.Prefixes[0];
        _layerPrefix = $"{prefix}{names.Layers}.";
        _expertsPrefix = $"{names.Mixture}.{names.Experts}.";
        (_global, _globalBack) = BothWays(("token_embd", prefix + names.Embedding), ("output_norm", prefix + names.FinalNorm), ("output", names.HeadBeside(prefix)));
        (_expert, _expertBack) = BothWays(("ffn_gate", names.ExpertGate), ("ffn_up", names.ExpertUp), ("ffn_down", names.ExpertDown));

        // Falcon's norm of the feed-forward network has the name that models with one norm give to that.
        bool hasTwoNorms = config.Structure == LayerStructure.ParallelTwoNorms;
        (string, string)[] afterNorms = config.Structure == LayerStructure.Sandwich
            ? [("post_attention_norm", names.PostAttentionNorm), ("post_ffw_norm", names.PostFeedForwardNorm)]
            : [];
        (_layer, _layerBack) = BothWays(
        [
            (hasTwoNorms ? "attn_norm_2" : "attn_norm", names.AttentionNorm),
            (hasTwoNorms ? "attn_norm" : "ffn_norm", names.FeedForwardNorm),
            .. afterNorms,
            ("attn_q", $"{names.Attention}.{names.Query}"),
            ("attn_k", $"{names.Attention}.{names.Key}"),
            ("attn_v", $"{names.Attention}.{names.Value}"),
            ("attn_qkv", $"{names.Attention}.{names.QueryKeyValue}"),
            ("attn_output", $"{names.Attention}.{names.Output}"),
            ("attn_q_norm", $"{names.Attention}.{names.QueryNorm}"),
            ("attn_k_norm", $"{names.Attention}.{names.KeyNorm}"),
            ("ffn_gate", $"{names.FeedForward}.{names.Gate}"),
            ("ffn_up", $"{names.FeedForward}.{names.Up}"),
            ("ffn_down", $"{names.FeedForward}.{names.Down}"),
            ("ffn_gate_inp", $"{names.Mixture}.{names.Router}"),
        ]);
    }

    /// <summary>Whether a tensor of a file is a matrix of each expert.</summary>
    /// <param name="name">Such as <c>blk.3.ffn_up_exps.weight</c>.</param>
    public bool IsExperts(string name) => Split(name, BlockPrefix) is (_, { } stem, _) && stem.EndsWith(ExpertsSuffix, StringComparison.Ordinal) && _expert.ContainsKey(stem[..^ExpertsSuffix.Length]);

    /// <summary>The Hugging Face name of a tensor of a file.</summary>
    /// <param name="name">Such as <c>blk.3.attn_q.weight</c>.</param>
    /// <param name="expert">The expert, of a tensor that is a matrix of each.</param>
    /// <returns>The name itself where it is none that the model reads.</returns>
    public string ToHuggingFace(string name, int expert = 0)
    {
        if (SplitGlobal(name, _global) is { } global) return global;
        if (Split(name, BlockPrefix) is not ({ } layer, { } stem, { } suffix)) return name;
        if (_layer.TryGetValue(stem, out string? part)) return $"{_layerPrefix}{layer}.{part}{suffix}";

        // The first files of Mixtral have a tensor an expert, such as blk.3.ffn_up.7.
        string? index = expert.ToString(CultureInfo.InvariantCulture);
        int dot = stem.IndexOf('.', StringComparison.Ordinal);
        (string matrix, index) = stem.EndsWith(ExpertsSuffix, StringComparison.Ordinal) ? (stem[..^ExpertsSuffix.Length], index)
            : dot > 0 ? (stem[..dot], stem[(dot + 1)..])
            : ("", index);
        return _expert.TryGetValue(matrix, out string? own) && IsIndex(index) ? $"{_layerPrefix}{layer}.{_expertsPrefix}{index}.{own}{suffix}" : name;
    }

    /// <summary>The name in a file of a Hugging Face weight; experts share theirs.</summary>
    /// <param name="name">Such as <c>model.layers.3.self_attn.q_proj.weight</c>.</param>
    /// <returns>Null where GGUF has no name for it.</returns>
    public string? ToGguf(string name)
    {
        if (SplitGlobal(name, _globalBack) is { } global) return global;
        if (Split(name, _layerPrefix) is not ({ } layer, { } stem, { } suffix)) return null;
        if (_layerBack.TryGetValue(stem, out string? part)) return $"{BlockPrefix}{layer}.{part}{suffix}";
        if (!stem.StartsWith(_expertsPrefix, StringComparison.Ordinal)) return null;
        int dot = stem.IndexOf('.', _expertsPrefix.Length);
        return dot > 0 && _expertBack.TryGetValue(stem[(dot + 1)..], out string? own) ? $"{BlockPrefix}{layer}.{own}{ExpertsSuffix}{suffix}" : null;
    }

    private static string? SplitGlobal(string name, FrozenDictionary<string, string> names)
    {
        int dot = name.LastIndexOf('.');
        return dot > 0 && names.TryGetValue(name[..dot], out string? whole) ? whole + name[dot..] : null;
    }

    /// <summary>The parts of a name such as <c>blk.3.attn_q.weight</c>: layer, what it is in the layer, and suffix.</summary>
    private static (string? Layer, string? Stem, string? Suffix) Split(string name, string prefix)
    {
        if (!name.StartsWith(prefix, StringComparison.Ordinal)) return default;
        int first = name.IndexOf('.', prefix.Length), last = name.LastIndexOf('.');
        return first > 0 && last > first && IsIndex(name.AsSpan(prefix.Length, first - prefix.Length)) ? (name[prefix.Length..first], name[(first + 1)..last], name[last..]) : default;
    }

    private static bool IsIndex(ReadOnlySpan<char> text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _) && (text is "0" || text[0] != '0');

    private static (FrozenDictionary<string, string> There, FrozenDictionary<string, string> Back) BothWays(params (string Gguf, string HuggingFace)[] names) => (
        names.ToFrozenDictionary(static pair => pair.Gguf, static pair => pair.HuggingFace, StringComparer.Ordinal),
        names.ToFrozenDictionary(static pair => pair.HuggingFace, static pair => pair.Gguf, StringComparer.Ordinal));
}
