using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>
/// What a family calls its tensors. A layer's tensors are <c>{prefix}{Layers}.{index}.</c> and then what stands here; matrices and norms end
/// in <c>.weight</c>, their biases in <c>.bias</c>.
/// </summary>
public sealed record TensorNames
{
    /// <summary>Llama, Mistral, Qwen, Gemma 1.</summary>
    public static TensorNames Llama { get; } = new();

    /// <summary>Mixtral.</summary>
    public static TensorNames Mixtral { get; } = new() { Mixture = "block_sparse_moe", ExpertGate = "w1", ExpertUp = "w3", ExpertDown = "w2" };

    /// <summary>Gemma 2 and 3, alone or as the language model of a model of text and images.</summary>
    public static TensorNames Gemma2 { get; } = new()
    {
        Prefixes = ["model.", "language_model.model.", "model.language_model."],
        FeedForwardNorm = "pre_feedforward_layernorm",
    };

    /// <summary>Falcon with one norm a layer, or with two in sequence.</summary>
    public static TensorNames Falcon { get; } = new()
    {
        Prefixes = ["transformer."],
        Embedding = "word_embeddings",
        Layers = "h",
        FinalNorm = "ln_f",
        Attention = "self_attention",
        QueryKeyValue = "query_key_value",
        Output = "dense",
        Up = "dense_h_to_4h",
        Down = "dense_4h_to_h",
    };

    /// <summary>Falcon with a norm for each of two parallel branches.</summary>
    public static TensorNames FalconTwoNorms { get; } = Falcon with { AttentionNorm = "ln_attn", FeedForwardNorm = "ln_mlp" };

    /// <summary>What all names but the head's may start with; a file decides which.</summary>
    public ImmutableArray<string> Prefixes { get; init; } = ["model."];

    /// <summary>The embedding.</summary>
    public string Embedding { get; init; } = "embed_tokens";

    /// <summary>The norm before the head.</summary>
    public string FinalNorm { get; init; } = "norm";

    /// <summary>The head.</summary>
    public string Head { get; init; } = "lm_head";

    /// <summary>The list of layers.</summary>
    public string Layers { get; init; } = "layers";

    /// <summary>The norm before attention.</summary>
    public string AttentionNorm { get; init; } = "input_layernorm";

    /// <summary>The norm after attention, where there is one on each side.</summary>
    public string PostAttentionNorm { get; init; } = "post_attention_layernorm";

    /// <summary>The norm before the feed-forward network.</summary>
    public string FeedForwardNorm { get; init; } = "post_attention_layernorm";

    /// <summary>The norm after the feed-forward network, where there is one on each side.</summary>
    public string PostFeedForwardNorm { get; init; } = "post_feedforward_layernorm";

    /// <summary>The attention.</summary>
    public string Attention { get; init; } = "self_attn";

    /// <summary>The query projection, in the attention.</summary>
    public string Query { get; init; } = "q_proj";

    /// <summary>The key projection.</summary>
    public string Key { get; init; } = "k_proj";

    /// <summary>The value projection.</summary>
    public string Value { get; init; } = "v_proj";

    /// <summary>The three projections where they are one matrix.</summary>
    public string QueryKeyValue { get; init; } = "qkv_proj";

    /// <summary>The output projection.</summary>
    public string Output { get; init; } = "o_proj";

    /// <summary>The norm of a head's queries.</summary>
    public string QueryNorm { get; init; } = "q_norm";

    /// <summary>The norm of a head's keys.</summary>
    public string KeyNorm { get; init; } = "k_norm";

    /// <summary>The dense feed-forward network.</summary>
    public string FeedForward { get; init; } = "mlp";

    /// <summary>Its gate.</summary>
    public string Gate { get; init; } = "gate_proj";

    /// <summary>Its up product.</summary>
    public string Up { get; init; } = "up_proj";

    /// <summary>Its down product.</summary>
    public string Down { get; init; } = "down_proj";

    /// <summary>The mixture of experts.</summary>
    public string Mixture { get; init; } = "mlp";

    /// <summary>The router, in the mixture.</summary>
    public string Router { get; init; } = "gate";

    /// <summary>The list of experts, in the mixture.</summary>
    public string Experts { get; init; } = "experts";

    /// <summary>An expert's gate.</summary>
    public string ExpertGate { get; init; } = "gate_proj";

    /// <summary>An expert's up product.</summary>
    public string ExpertUp { get; init; } = "up_proj";

    /// <summary>An expert's down product.</summary>
    public string ExpertDown { get; init; } = "down_proj";

    /// <summary>The head of a model whose other names start with a prefix: that of a language model inside a larger one lies beside it.</summary>
    /// <param name="prefix">One of <see cref="Prefixes"/>.</param>
    public string HeadBeside(string prefix) => prefix.EndsWith(".model.", StringComparison.Ordinal) ? prefix[..^"model.".Length] + Head : Head;
}
