using Dropwise.Cpu;

namespace Dropwise.ModelFiles.Tests;

/// <summary>Configurations of all families, as their authors publish them and as transformers 5 writes them.</summary>
public sealed class FamilyConfigTests
{
    private const string Sizes = "\"hidden_size\":64,\"intermediate_size\":160,\"num_hidden_layers\":4,\"num_attention_heads\":4,\"vocab_size\":384";

    /// <summary>The same model in the older and in the newer spelling.</summary>
    public static TheoryData<string, string> Spellings => new()
    {
        {
            """ "model_type":"llama","rope_theta":500000.0,"rope_scaling":{"type":"linear","factor":4.0},"torch_dtype":"bfloat16" """,
            """ "model_type":"llama","rope_parameters":{"rope_theta":500000.0,"rope_type":"linear","factor":4.0},"dtype":"bfloat16" """
        },
        {
            """ "model_type":"qwen2","rope_theta":1000000.0,"rope_scaling":{"type":"yarn","factor":4.0,"original_max_position_embeddings":32768},"use_sliding_window":true,"sliding_window":128,"max_window_layers":2 """,
            """ "model_type":"qwen2","rope_parameters":{"rope_theta":1000000.0,"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32768},"use_sliding_window":true,"sliding_window":128,"layer_types":["full_attention","full_attention","sliding_attention","sliding_attention"] """
        },
        {
            """ "model_type":"qwen3_moe","num_experts":8,"num_experts_per_tok":2,"moe_intermediate_size":48,"rope_theta":1000000.0 """,
            """ "model_type":"qwen3_moe","num_local_experts":8,"num_experts_per_tok":2,"moe_intermediate_size":48,"rope_parameters":{"rope_theta":1000000.0,"rope_type":"default"} """
        },
        {
            """ "model_type":"gemma2","head_dim":32,"sliding_window":16 """,
            """ "model_type":"gemma2","head_dim":32,"sliding_window":16,"layer_types":["sliding_attention","full_attention","sliding_attention","full_attention"],"rope_parameters":{"rope_theta":10000.0,"rope_type":"default"},"attn_logit_softcapping":50.0,"final_logit_softcapping":30.0 """
        },
        {
            """ "model_type":"gemma3_text","head_dim":32,"sliding_window":16,"sliding_window_pattern":2,"rope_theta":1000000.0,"rope_local_base_freq":10000.0,"rope_scaling":{"rope_type":"linear","factor":8.0} """,
            """ "model_type":"gemma3_text","head_dim":32,"sliding_window":16,"layer_types":["sliding_attention","full_attention","sliding_attention","full_attention"],"rope_parameters":{"full_attention":{"rope_theta":1000000.0,"rope_type":"linear","factor":8.0},"sliding_attention":{"rope_theta":10000.0,"rope_type":"default"}} """
        },
        {
            """ "model_type":"falcon","new_decoder_architecture":true,"n_head_kv":2,"rope_theta":10000.0 """,
            """ "model_type":"falcon","new_decoder_architecture":true,"num_kv_heads":2,"num_ln_in_parallel_attn":2,"rope_parameters":{"rope_theta":10000.0,"rope_type":"default"},"ffn_hidden_size":256 """
        },
    };

    [Theory]
    [MemberData(nameof(Spellings))]
    public void Both_spellings_say_the_same(string older, string newer)
    {
        ModelConfig a = Parse(older), b = Parse(newer);
        Assert.Equal(a with { LayerConfigs = [] }, b with { LayerConfigs = [] });
        Assert.Equal(a.LayerConfigs, b.LayerConfigs);
    }

    [Fact]
    public void Mistral_has_a_window_unless_it_says_that_it_has_none()
    {
        Assert.All(Parse(""" "model_type":"mistral" """).LayerConfigs, static layer => Assert.Equal(4096, layer.Window));
        Assert.Empty(Parse(""" "model_type":"mistral","sliding_window":null """).LayerConfigs);
        Assert.Equal(3, Parse(""" "model_type":"mistral","sliding_window":3 """).Layer(3).Window);
    }

    [Fact]
    public void Mixtral_chooses_two_of_eight_experts_in_every_layer() =>
        Assert.All(Parse(""" "model_type":"mixtral" """).LayerConfigs, static layer => Assert.Equal(new ExpertConfig(8, 2, 160, true), layer.Experts));

    [Fact]
    public void Qwen2_adds_biases_and_has_no_window_unless_it_is_switched_on()
    {
        ModelConfig config = Parse(""" "model_type":"qwen2","sliding_window":4096,"use_sliding_window":false """);
        Assert.Equal((true, false, false), (config.QueryKeyValueBias, config.AttentionOutputBias, config.FeedForwardBias));
        Assert.Empty(config.LayerConfigs);
    }

    [Fact]
    public void Qwen3_normalizes_queries_and_keys_of_128_elements()
    {
        ModelConfig config = Parse(""" "model_type":"qwen3" """);
        Assert.Equal((true, 128, false), (config.QueryKeyNorm, config.HeadDimension, config.QueryKeyValueBias));
    }

    [Fact]
    public void Some_layers_of_Qwen3_MoE_are_dense()
    {
        ModelConfig config = Parse(""" "model_type":"qwen3_moe","decoder_sparse_step":2,"mlp_only_layers":[3] """);
        Assert.Equal([false, true, false, false], config.LayerConfigs.Select(static layer => layer.Experts is not null));
        Assert.Equal(new ExpertConfig(128, 8, 768, false), config.Layer(1).Experts);
    }

    [Fact]
    public void Gemma_scales_embeddings_and_stores_the_distance_of_norms_from_one()
    {
        ModelConfig config = Parse(""" "model_type":"gemma","hidden_act":"gelu","hidden_activation":null """);
        Assert.Equal((8.0, true, 256, ActivationFunction.GeluTanh), (config.EmbeddingScale, config.TiedEmbeddings, config.HeadDimension, config.Activation));
        Assert.Equal(new NormConfig(NormKind.RootMeanSquare, 1e-6, OffsetWeight: true), config.Norm);
    }

    [Fact]
    public void Gemma_2_bounds_scores_and_logits_unless_it_says_that_it_does_not()
    {
        ModelConfig config = Parse(""" "model_type":"gemma2","query_pre_attn_scalar":144 """);
        Assert.Equal((50.0, 30.0, 1.0 / 12), (config.AttentionLogitCap, config.FinalLogitCap, config.AttentionScale));
        Assert.Equal([4096, null, 4096, null], config.LayerConfigs.Select(static layer => layer.Window));
        ModelConfig without = Parse(""" "model_type":"gemma2","attn_logit_softcapping":null,"final_logit_softcapping":null """);
        Assert.Equal((null, null), (without.AttentionLogitCap, without.FinalLogitCap));
    }

    [Fact]
    public void The_text_part_of_Gemma_3_4B_is_read_from_what_its_authors_published()
    {
        ModelConfig config = ModelConfig.Parse("c", """
            {"architectures":["Gemma3ForConditionalGeneration"],"eos_token_id":[1,106],"model_type":"gemma3","text_config":{"hidden_size":2560,"intermediate_size":10240,
            "model_type":"gemma3_text","num_hidden_layers":34,"rope_scaling":{"factor":8.0,"rope_type":"linear"},"sliding_window":1024},"torch_dtype":"bfloat16","vision_config":{}}
            """);
        Assert.Equal((8, 4, 256, 262208, 131072), (config.Heads, config.KeyValueHeads, config.HeadDimension, config.VocabularySize, config.MaximumPositions));
        Assert.Equal(new RopeConfig(1e6, new LinearRopeScaling(8)), config.RopeOf(5));
        Assert.Equal(new RopeConfig(1e4, null), config.RopeOf(4));
        Assert.Equal((null, 1024), (config.Layer(5).Window, config.Layer(6).Window));
        Assert.Equal([1, 106], config.EndTokens);
        Assert.Equal("gemma3", config.ModelType);
    }

    [Theory]
    [InlineData("\"multi_query\":true", 1, QueryKeyValueLayout.Fused, LayerStructure.Parallel, "input_layernorm")]
    [InlineData("\"multi_query\":true,\"parallel_attn\":false", 1, QueryKeyValueLayout.Fused, LayerStructure.Sequential, "input_layernorm")]
    [InlineData("\"multi_query\":false", 4, QueryKeyValueLayout.FusedByGroup, LayerStructure.Parallel, "input_layernorm")]
    [InlineData("\"new_decoder_architecture\":true,\"num_kv_heads\":2", 2, QueryKeyValueLayout.FusedByGroup, LayerStructure.ParallelTwoNorms, "ln_attn")]
    [InlineData("\"new_decoder_architecture\":true,\"num_kv_heads\":2,\"num_ln_in_parallel_attn\":1", 2, QueryKeyValueLayout.FusedByGroup, LayerStructure.Parallel, "input_layernorm")]
    public void Falcon_has_many_forms(string fields, int keyValueHeads, QueryKeyValueLayout layout, LayerStructure structure, string norm)
    {
        ModelConfig config = Parse($"\"model_type\":\"falcon\",{fields}");
        Assert.Equal((keyValueHeads, layout, structure, norm), (config.KeyValueHeads, config.QueryKeyValue, config.Structure, config.Names.AttentionNorm));
        Assert.Equal((false, ActivationFunction.Gelu, NormKind.Layer), (config.IsGated, config.Activation, config.Norm.Kind));
    }

    [Theory]
    [InlineData("\"model_type\":\"mixtral\",\"num_experts_per_tok\":9", "num_experts_per_tok is 9, more than the 8 of num_local_experts")]
    [InlineData("\"model_type\":\"mixtral\",\"num_local_experts\":1000000", "num_local_experts is 1000000")]
    [InlineData("\"model_type\":\"mistral\",\"sliding_window\":0", "sliding_window is 0")]
    [InlineData("\"model_type\":\"mistral\",\"num_hidden_layers\":100000", "num_hidden_layers is 100000")]
    [InlineData("\"model_type\":\"qwen2\",\"use_sliding_window\":1", "use_sliding_window is 1, not true or false")]
    [InlineData("\"model_type\":\"qwen2\",\"use_sliding_window\":true,\"layer_types\":[\"full_attention\"]", "layer_types has 1 elements for 4 layers")]
    [InlineData("\"model_type\":\"gemma2\",\"layer_types\":[\"a\",\"b\",\"c\",\"d\"]", "layer_types holds 'a'; supported are full_attention, sliding_attention")]
    [InlineData("\"model_type\":\"gemma2\",\"layer_types\":\"full_attention\"", "layer_types is \"full_attention\", not a list")]
    [InlineData("\"model_type\":\"gemma2\",\"attn_logit_softcapping\":-1", "attn_logit_softcapping is -1")]
    [InlineData("\"model_type\":\"gemma2\",\"query_pre_attn_scalar\":0", "query_pre_attn_scalar is 0")]
    [InlineData("\"model_type\":\"gemma3_text\",\"use_bidirectional_attention\":true", "use_bidirectional_attention is true")]
    [InlineData("\"model_type\":\"gemma3_text\",\"rope_parameters\":{\"full_attention\":{}}", "rope_parameters: lacks the field sliding_attention")]
    [InlineData("\"model_type\":\"gemma3\"", "lacks the field text_config")]
    [InlineData("\"model_type\":\"gemma3\",\"text_config\":{\"hidden_size\":\"x\"}", "text_config: field hidden_size is \"x\"")]
    [InlineData("\"model_type\":\"falcon\",\"alibi\":true", "alibi is true; only rotary")]
    [InlineData("\"model_type\":\"falcon\",\"new_decoder_architecture\":true,\"num_kv_heads\":3", "num_kv_heads is 3, which does not divide 4 heads")]
    [InlineData("\"model_type\":\"falcon\",\"activation\":\"relu\"", "activation is 'relu'")]
    [InlineData("\"model_type\":\"qwen3_moe\",\"mlp_only_layers\":[\"x\"]", "mlp_only_layers holds \"x\"")]
    [InlineData("\"model_type\":\"llama\",\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4,\"beta_fast\":1}", "beta_fast is 1, not above beta_slow 1")]
    [InlineData("\"model_type\":\"llama\",\"rope_scaling\":{\"type\":\"dynamic\",\"factor\":4}", "rope_type is 'dynamic'; supported are default, linear, llama3, yarn")]
    [InlineData("\"model_type\":\"llama\",\"rope_scaling\":7", "rope_scaling is 7, not a JSON object")]
    [InlineData("\"model_type\":\"llama\",\"rope_parameters\":{\"partial_rotary_factor\":0.5}", "partial_rotary_factor is not 1")]
    [InlineData("\"model_type\":\"llama\",\"rope_theta\":1", "rope_theta is 1, not above 1")]
    public void What_is_wrong_is_named_with_its_field(string fields, string message)
    {
        string actual = Assert.Throws<ModelFileException>(() => Parse(fields)).Message;
        Assert.StartsWith("the path", actual, StringComparison.Ordinal);
        Assert.Contains(message, actual, StringComparison.Ordinal);
    }

    private static ModelConfig Parse(string fields) => ModelConfig.Parse("the path", $"{{{Sizes},{fields}}}");
}
