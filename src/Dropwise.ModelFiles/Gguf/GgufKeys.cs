namespace Dropwise.ModelFiles;

/// <summary>The keys of a model's shape in GGUF metadata, behind <c>general.architecture</c> and a dot (<c>gguf-py/gguf/constants.py</c>).</summary>
internal static class GgufKeys
{
    public const string Architecture = "general.architecture";
    public const string AttentionCap = "attn_logit_softcapping";
    public const string AttentionScale = "attention.scale";
    public const string Context = "context_length";
    public const string Embedding = "embedding_length";
    public const string ExpertCount = "expert_count";
    public const string ExpertFeedForward = "expert_feed_forward_length";
    public const string ExpertsUsed = "expert_used_count";
    public const string ExpertWeightsNorm = "expert_weights_norm";
    public const string FeedForward = "feed_forward_length";
    public const string FinalCap = "final_logit_softcapping";
    public const string Heads = "attention.head_count";
    public const string KeyLength = "attention.key_length";
    public const string KeyValueHeads = "attention.head_count_kv";
    public const string Layers = "block_count";
    public const string ValueLength = "attention.value_length";
    public const string Vocabulary = "vocab_size";
    public const string Window = "attention.sliding_window";
    public const string WindowPattern = "attention.sliding_window_pattern";

    public const string RopeBase = "rope.freq_base";
    public const string RopeBaseOfWindows = "rope.freq_base_swa";
    public const string RopeDimension = "rope.dimension_count";
    public const string RopeScaling = "rope.scaling.type";
    public const string RopeFactor = "rope.scaling.factor";
    public const string RopeOlderFactor = "rope.scale_linear";
    public const string RopeAttentionFactor = "rope.scaling.attn_factor";
    public const string RopeOriginalContext = "rope.scaling.original_context_length";
    public const string RopeFastTurns = "rope.scaling.yarn_beta_fast";
    public const string RopeSlowTurns = "rope.scaling.yarn_beta_slow";
}
