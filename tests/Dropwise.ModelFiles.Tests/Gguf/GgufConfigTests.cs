using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Testing;

namespace Dropwise.ModelFiles.Tests.Gguf;

/// <summary>What metadata of the architectures mean, beyond what golden models have.</summary>
public sealed class GgufConfigTests : IDisposable
{
    private static readonly FormatRegistry Registry = new(Formats.FormatTable.Rows);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("blk.12.attn_q.weight", "model.layers.12.self_attn.q_proj.weight")]
    [InlineData("output.weight", "lm_head.weight")]
    [InlineData("blk.0.ffn_norm.weight", "model.layers.0.post_attention_layernorm.weight")]
    [InlineData("blk.3.ffn_up_exps.weight", "model.layers.3.mlp.experts.0.up_proj.weight")]
    public void Names_go_both_ways(string gguf, string huggingFace)
    {
        var names = new GgufNames(Config("qwen3moe", static metadata => Expert(metadata)));
        Assert.Equal(huggingFace, names.ToHuggingFace(gguf));
        Assert.Equal(gguf, names.ToGguf(huggingFace));
    }

    [Theory]
    [InlineData("blk.0.unknown.weight")]
    [InlineData("blk.01.attn_q.weight")]
    [InlineData("blk..attn_q.weight")]
    [InlineData("blk.0.ffn_up_exps")]
    [InlineData("blk.0.ffn_up.-1.weight")]
    [InlineData("")]
    public void Other_names_stay_as_they_are(string name)
    {
        var names = new GgufNames(Config("llama"));
        Assert.Equal(name, names.ToHuggingFace(name));
        Assert.Null(names.ToGguf(name));
        Assert.False(names.IsExperts(name));
    }

    [Fact]
    public void Linear_scaling_is_read_in_both_spellings()
    {
        Assert.Equal(new LinearRopeScaling(4), Config("llama", static metadata =>
        {
            metadata.Text("llama.rope.scaling.type", "linear");
            metadata.Number("llama.rope.scaling.factor", 4);
        }).Rope.Scaling);
        Assert.Equal(new LinearRopeScaling(2), Config("llama", static metadata => metadata.Number("llama.rope.scale_linear", 2)).Rope.Scaling);
        Assert.Null(Config("llama", static metadata => metadata.Number("llama.rope.scale_linear", 1)).Rope.Scaling);
    }

    [Fact]
    public void Yarn_is_read_whole()
    {
        var scaling = (YarnRopeScaling)Config("qwen2", static metadata =>
        {
            metadata.Text("qwen2.rope.scaling.type", "yarn");
            metadata.Number("qwen2.rope.scaling.factor", 4);
            metadata.Integer("qwen2.rope.scaling.original_context_length", 32);
            metadata.Number("qwen2.rope.scaling.yarn_beta_fast", 16);
            metadata.Number("qwen2.rope.scaling.attn_factor", 0.5f);
        }).Rope.Scaling!;
        Assert.Equal(new YarnRopeScaling(4, 32, 16, 1, 0.5 * ((0.1 * Math.Log(4)) + 1), true), scaling);
    }

    [Fact]
    public void Another_kind_of_scaling_is_refused() => Assert.Contains(
        "is 'longrope'; supported are", Refused("llama", static metadata => metadata.Text("llama.rope.scaling.type", "longrope")), StringComparison.Ordinal);

    [Fact]
    public void Gemma_3_scales_only_layers_without_a_window()
    {
        ModelConfig config = Config("gemma3", static metadata =>
        {
            metadata.Integer("gemma3.attention.sliding_window", 3);
            metadata.Number("gemma3.rope.freq_base", 1e6f);
            metadata.Text("gemma3.rope.scaling.type", "linear");
            metadata.Number("gemma3.rope.scaling.factor", 8);
        }, layers: 7);
        Assert.Equal([3, 3, 3, 3, 3, null, 3], config.LayerConfigs.Select(static layer => layer.Window));
        Assert.Equal(new RopeConfig(1e6, new LinearRopeScaling(8)), config.RopeOf(5));
        Assert.Equal(new RopeConfig(10000, null), config.RopeOf(0));
        Assert.False(config.Norm.OffsetWeight);
    }

    [Fact]
    public void A_pattern_in_the_file_goes_before_the_architecture_s()
    {
        ModelConfig config = Config("gemma2", static metadata =>
        {
            metadata.Integer("gemma2.attention.sliding_window", 5);
            metadata.Integers("gemma2.attention.sliding_window_pattern", [0, 1, 0]);
        }, layers: 3);
        Assert.Equal([null, 5, null], config.LayerConfigs.Select(static layer => layer.Window));
        Assert.Equal((50, 30), (config.AttentionLogitCap, config.FinalLogitCap));
    }

    // 4 heads of 8 elements in a stream of 64.
    [Theory]
    [InlineData("gemma2", 46, 16)]
    [InlineData("gemma2", 42, 8)]
    [InlineData("gemma3", 62, 16)]
    public void The_largest_Gemmas_scale_scores_by_the_stream(string architecture, int layers, double scalar) =>
        Assert.Equal(scalar, Config(architecture, static _ => { }, layers).QueryScalar);

    [Fact]
    public void A_llama_with_a_window_is_Mistral()
    {
        ModelConfig config = Config("llama", static metadata => metadata.Integer("llama.attention.sliding_window", 9));
        Assert.Equal(("mistral", 9, true), (config.ModelType, config.Layer(0).Window, config.Rope.Interleaved));
    }

    [Fact]
    public void What_is_not_supported_is_named()
    {
        Assert.Contains("key 'general.architecture' is 'phi3'; supported are falcon, gemma, gemma2, gemma3, llama, qwen2", Refused("phi3"), StringComparison.Ordinal);
        Assert.Contains("key 'llama.rope.dimension_count' is 4 where a head has 8 elements", Refused("llama", static metadata => metadata.Integer("llama.rope.dimension_count", 4)), StringComparison.Ordinal);
        Assert.Contains("key 'llama.block_count' is a list of 2 Int32, not an integer", Refused("llama", static metadata => metadata.Integers("llama.block_count", [1, 2])), StringComparison.Ordinal);
    }

    // Found by fuzzing: a configuration, which is JSON, has no words for these.
    [Theory]
    [InlineData("rope.freq_base", float.NaN, "key 'gemma2.rope.freq_base' is NaN, not a number that a float32 can hold")]
    [InlineData("attn_logit_softcapping", float.PositiveInfinity, "key 'gemma2.attn_logit_softcapping' is Infinity")]
    [InlineData("attention.scale", 1e-30f, "key 'gemma2.attention.scale' is 1")]
    public void Numbers_that_no_model_has_are_refused(string key, float value, string expected) =>
        Assert.Contains(expected, Refused("gemma2", metadata => metadata.Number($"gemma2.{key}", value)), StringComparison.OrdinalIgnoreCase);

    [Theory]
    [InlineData(3, 16, 64, "has the shape [3, 16, 64]; the metadata ask for the matrices of 4 experts")]
    [InlineData(4, 0, 64, "has the shape [4, 0, 64]")]
    [InlineData(4, 1, 8, "has the shape [4, 1, 8]")]
    public void Experts_that_the_metadata_do_not_have_are_refused(int experts, int rows, int columns, string expected) =>
        Assert.Contains(expected, Refused("qwen3moe", static metadata => Expert(metadata), Zeros("blk.0.ffn_up_exps.weight", experts, rows, columns)), StringComparison.Ordinal);

    [Fact]
    public void Experts_of_a_dense_model_are_refused() =>
        Assert.Contains("the metadata ask for the matrices of 0 experts", Refused("llama", static _ => { }, Zeros("blk.0.ffn_up_exps.weight", 4, 8, 8)), StringComparison.Ordinal);

    [Fact]
    public void Frequencies_divided_otherwise_than_by_Llama_3_are_refused()
    {
        float[] divisors = [1, 2, 3, 4];
        var tensor = new GgufContent("rope_freqs.weight", 0, [4], 16, sink => sink.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(divisors.AsSpan())));
        Assert.Contains("rope_freqs.weight' divides frequency", Refused("llama", static _ => { }, tensor), StringComparison.Ordinal);
    }

    private static void Expert(GgufMetadataBuilder metadata)
    {
        metadata.Integer("qwen3moe.expert_count", 4);
        metadata.Integer("qwen3moe.expert_used_count", 2);
        metadata.Integer("qwen3moe.expert_feed_forward_length", 16);
    }

    private static GgufContent Zeros(string name, params ReadOnlySpan<int> shape)
    {
        ImmutableArray<long> sizes = [.. shape.ToArray().Select(static size => (long)size)];
        int bytes = (int)sizes.Aggregate(1L, static (product, size) => product * size) * sizeof(float);
        return new GgufContent(name, 0, sizes, bytes, sink => sink.Write(new byte[bytes]));
    }

    private ModelConfig Config(string architecture, Action<GgufMetadataBuilder>? more = null, int layers = 1, params GgufContent[] tensors)
    {
        var metadata = new GgufMetadataBuilder();
        metadata.Text("general.architecture", architecture);
        more?.Invoke(metadata);
        foreach ((string key, int value) in (ReadOnlySpan<(string, int)>)
            [("embedding_length", 64), ("feed_forward_length", 32), ("context_length", 128), ("attention.head_count", 4), ("attention.key_length", 8), ("block_count", layers), ("vocab_size", 10)])
        {
            metadata.Integer($"{architecture}.{key}", value);
        }

        // Flags of layers are written as far as there are tensors.
        GgufWriter.Write(_folder["m.gguf"], metadata, [.. tensors, .. Enumerable.Range(0, layers).Select(static layer => Zeros($"blk.{layer}.attn_norm.weight", 64))]);
        using GgufModel model = GgufModel.Open(_folder["m.gguf"], Registry);
        return model.Config;
    }

    private string Refused(string architecture, Action<GgufMetadataBuilder>? more = null, params GgufContent[] tensors) =>
        Assert.Throws<ModelFileException>(() => Config(architecture, more, 1, tensors)).Message;
}
