using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>
/// Texts that are longer than windows and than the positions before a scaling, and forms of families of which there is no golden model, against
/// the float64 reference.
/// </summary>
public sealed class LongTextTests(ITestOutputHelper output)
{
    private const int Length = 110;
    private const double Tolerance = 1e-4;

    internal const string Small = "\"hidden_size\":48,\"num_hidden_layers\":4,\"num_attention_heads\":4,\"vocab_size\":96,\"max_position_embeddings\":256,\"intermediate_size\":80";

    // A field that is given twice has its last value.
    public static TheoryData<string, string> Configurations => new()
    {
        { "Llama with biases", """ "model_type":"llama","attention_bias":true,"mlp_bias":true,"head_dim":20""" },
        { "Llama with rotary pairs that are neighbours", """ "model_type":"llama","rope_interleave":true,"num_key_value_heads":2""" },
        { "Llama 3 scaling", """ "model_type":"llama","num_key_value_heads":1,"rope_theta":500,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":64}""" },
        { "linear scaling, older spelling", """ "model_type":"llama","rope_theta":5000,"rope_scaling":{"type":"linear","factor":4.0}""" },
        { "YaRN", """ "model_type":"qwen2","num_key_value_heads":2,"rope_parameters":{"rope_theta":1000,"rope_type":"yarn","factor":4.0,"original_max_position_embeddings":32}""" },
        { "YaRN with its options", """ "model_type":"qwen3","head_dim":32,"rope_theta":1000,"rope_scaling":{"type":"yarn","factor":8.0,"original_max_position_embeddings":32,"beta_fast":16,"beta_slow":2,"mscale":0.707,"mscale_all_dim":1.0,"truncate":false}""" },
        { "YaRN with an attention factor", """ "model_type":"mistral","sliding_window":null,"rope_theta":1000,"rope_scaling":{"rope_type":"yarn","factor":8.0,"attention_factor":0.8,"original_max_position_embeddings":32}""" },
        { "Mistral's window", """ "model_type":"mistral","num_key_value_heads":2,"sliding_window":21""" },
        { "Mixtral with a window", """ "model_type":"mixtral","num_local_experts":5,"num_experts_per_tok":3,"sliding_window":33""" },
        { "Qwen2 with windows in upper layers", """ "model_type":"qwen2","use_sliding_window":true,"sliding_window":17,"max_window_layers":2""" },
        { "Qwen2 with layer types", """ "model_type":"qwen2","use_sliding_window":true,"sliding_window":17,"layer_types":["sliding_attention","full_attention","full_attention","sliding_attention"]""" },
        { "Qwen3-MoE, some layers dense, not normalized", """ "model_type":"qwen3_moe","head_dim":16,"num_experts":6,"num_experts_per_tok":2,"moe_intermediate_size":24,"decoder_sparse_step":2,"mlp_only_layers":[3],"norm_topk_prob":false""" },
        { "Qwen3-MoE with one expert a token", """ "model_type":"qwen3_moe","attention_bias":true,"num_experts":6,"num_experts_per_tok":1,"moe_intermediate_size":24,"norm_topk_prob":true""" },
        { "Gemma, older spelling", """ "model_type":"gemma","hidden_act":"gelu","hidden_activation":null,"head_dim":32,"num_key_value_heads":1""" },
        { "Gemma 2, older spelling", """ "model_type":"gemma2","hidden_activation":"gelu_pytorch_tanh","head_dim":16,"sliding_window":19,"query_pre_attn_scalar":12,"attn_logit_softcapping":2.0,"final_logit_softcapping":3.0""" },
        { "Gemma 3, older spelling", """ "model_type":"gemma3_text","head_dim":16,"num_key_value_heads":2,"sliding_window":11,"sliding_window_pattern":2,"rope_theta":4000,"rope_local_base_freq":100,"rope_scaling":{"rope_type":"linear","factor":8.0}""" },
        { "Gemma 3, newer spelling", """ "model_type":"gemma3_text","head_dim":16,"num_key_value_heads":2,"sliding_window":11,"layer_types":["full_attention","sliding_attention","sliding_attention","full_attention"],"rope_parameters":{"full_attention":{"rope_type":"yarn","factor":4.0,"rope_theta":4000,"original_max_position_embeddings":32},"sliding_attention":{"rope_type":"default","rope_theta":100}}""" },
        { "Falcon, multi-query", """ "model_type":"falcon","multi_query":true,"new_decoder_architecture":false,"parallel_attn":true,"bias":false""" },
        { "Falcon, multi-query with biases, in sequence", """ "model_type":"falcon","multi_query":true,"parallel_attn":false,"bias":true""" },
        { "Falcon with a key for each head", """ "model_type":"falcon","multi_query":false,"parallel_attn":true,"bias":true,"tie_word_embeddings":false""" },
        { "Falcon, new form with one norm", """ "model_type":"falcon","new_decoder_architecture":true,"num_kv_heads":2,"num_ln_in_parallel_attn":1""" },
        { "Falcon, new form with older names", """ "model_type":"falcon","new_decoder_architecture":true,"n_head_kv":2,"n_head":4,"n_layer":4,"num_attention_heads":null,"num_hidden_layers":null""" },
    };

    /// <summary>Golden models whose texts end before their windows or scalings have come to much.</summary>
    public static TheoryData<string> Golden => ["falcon", "gemma2", "gemma3", "llama-tied-rope-llama3", "mixtral", "qwen3-moe"];

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_form_of_a_family_gives_the_logits_of_the_reference(string name, string fields)
    {
        using var synthetic = new SyntheticModel($"{{{Small},{fields}}}");
        using ModelWeights model = synthetic.Load();
        Compare(model, name);
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void A_golden_model_reads_longer_texts_than_its_golden_one(string family)
    {
        using ModelWeights model = WeightLoader.Load(ModelFolder.Open(TestData.Find($"models/golden/{family}")));
        Compare(model, family);
    }

    [Theory]
    [InlineData("language_model.model.")]
    [InlineData("model.language_model.")]
    public void The_language_model_of_a_model_with_images_runs(string prefix)
    {
        // Such a model leaves out even the heads where they are those of the family.
        const string Text = """{"hidden_size":32,"intermediate_size":40,"num_hidden_layers":2,"head_dim":8,"vocab_size":64,"sliding_window":9,"sliding_window_pattern":2,"model_type":"gemma3_text"}""";
        using var synthetic = new SyntheticModel($$"""{"model_type":"gemma3","text_config":{{Text}},"vision_config":{"hidden_size":1152} }""", prefix);
        using ModelWeights model = synthetic.Load();
        Assert.Equal((8, 4), (model.Config.Heads, model.Config.KeyValueHeads));
        Compare(model, prefix);
    }

    [Fact]
    public void A_session_with_rings_goes_on_from_wherever_it_is_rewound_to()
    {
        using var synthetic = new SyntheticModel($$"""{ {{Small}},"model_type":"gemma3_text","head_dim":16,"sliding_window":11,"sliding_window_pattern":3}""");
        using ModelWeights model = synthetic.Load();
        int[] first = Tokens(model, 1), second = Tokens(model, 2);
        using WorkerTeam team = new(2);
        using CpuSession session = new(model, team, new SessionOptions { Precision = Precision.Exact, Batch = 8, Context = Length });
        foreach (int kept in (ReadOnlySpan<int>)[109, 100, 90, 60, 12, 3, 0, 75])
        {
            session.Rewind();
            session.Append(first);
            session.Rewind(kept);
            Assert.Equal(kept, session.Position);
            session.Append(second.AsSpan(kept));
            double[][] expected = new ReferenceDecoder(model).Logits([.. first[..kept], .. second[kept..]]);
            for (int i = 0; i < session.Vocabulary; i++) Assert.Equal(expected[^1][i], session.Logits[i], Tolerance);
        }
    }

    private void Compare(ModelWeights model, string name)
    {
        int[] tokens = Tokens(model, 3);
        double[][] expected = new ReferenceDecoder(model).Logits(tokens);
        using WorkerTeam team = new(2);
        double worst = 0;

        // At once; token by token; with batches so small that rings come round; and with an odd cut.
        foreach ((int batch, int piece) in (ReadOnlySpan<(int, int)>)[(512, Length), (512, 1), (1, 1), (4, Length), (7, 61)])
        {
            using CpuSession session = new(model, team, new SessionOptions { Precision = Precision.Exact, Batch = batch, Context = Length });
            for (int start = 0; start < Length; start += piece)
            {
                var reader = new Worst(expected, start);
                session.Append(tokens.AsSpan(start, Math.Min(piece, Length - start)), reader);
                worst = Math.Max(worst, reader.Difference);
            }
        }

        output.WriteLine($"{name}: {worst:0.0e+0}");
        Assert.InRange(worst, 0, Tolerance);
    }

    private static int[] Tokens(ModelWeights model, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Length).Select(_ => random.Next(model.Config.VocabularySize))];
    }

    private sealed class Worst(double[][] expected, int start) : ILogitsReader
    {
        public double Difference { get; private set; }

        public void Read(int first, Span<float> logits, int vocabulary)
        {
            for (int i = 0; i < logits.Length; i++)
            {
                double difference = Math.Abs(expected[start + first + (i / vocabulary)][i % vocabulary] - logits[i]);
                if (!(difference <= Difference)) Difference = double.IsNaN(difference) ? double.PositiveInfinity : difference;
            }
        }
    }
}
