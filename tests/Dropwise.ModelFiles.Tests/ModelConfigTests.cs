namespace Dropwise.ModelFiles.Tests;

public sealed class ModelConfigTests
{
    private const string Minimal =
        """{"model_type":"llama","hidden_size":64,"intermediate_size":160,"num_hidden_layers":3,"num_attention_heads":4,"vocab_size":384}""";

    [Fact]
    public void Absent_fields_have_the_defaults_of_transformers()
    {
        ModelConfig config = ModelConfig.Parse("c", Minimal);
        Assert.Equal(4, config.KeyValueHeads);
        Assert.Equal(16, config.HeadDimension);
        Assert.Equal(2048, config.MaximumPositions);
        Assert.Equal(new NormConfig(NormKind.RootMeanSquare, 1e-6), config.Norm);
        Assert.Equal(new RopeConfig(10000, null), config.Rope);
        Assert.False(config.TiedEmbeddings);
        Assert.Null(config.BeginToken);
        Assert.Empty(config.EndTokens);
    }

    [Theory]
    [InlineData("""
        "torch_dtype":"bfloat16","rope_theta":500000.0,"rope_scaling":{"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"}
        """)]
    [InlineData("""
        "dtype":"bfloat16","rope_parameters":{"rope_theta":500000.0,"factor":32.0,"high_freq_factor":4.0,"low_freq_factor":1.0,"original_max_position_embeddings":8192,"rope_type":"llama3"}
        """)]
    public void Both_spellings_say_the_same(string fields)
    {
        ModelConfig config = ModelConfig.Parse("c", With(fields));
        Assert.Equal("bfloat16", config.SavedType);
        Assert.Equal(new RopeConfig(500000, new Llama3RopeScaling(32, 1, 4, 8192)), config.Rope);
    }

    [Fact]
    public void Null_rope_scaling_is_none() => Assert.Null(ModelConfig.Parse("c", With("\"rope_scaling\":null")).Rope.Scaling);

    [Theory]
    [InlineData("\"eos_token_id\":2", null, new[] { 2 })]
    [InlineData("\"eos_token_id\":[2,5]", null, new[] { 2, 5 })]
    [InlineData("\"eos_token_id\":2", """{"eos_token_id":[3,4]}""", new[] { 3, 4 })]
    [InlineData("\"eos_token_id\":2", "{}", new[] { 2 })]
    [InlineData("\"eos_token_id\":null", """{"eos_token_id":null}""", new int[0])]
    public void End_tokens_are_one_or_many_and_the_generation_config_goes_first(string fields, string? generation, int[] expected) =>
        Assert.Equal(expected, ModelConfig.Parse("c", With(fields), generation).EndTokens);

    [Theory]
    [InlineData("{}", "lacks the field model_type")]
    [InlineData("""{"model_type":"mamba"}""", "field model_type is 'mamba'; supported are falcon, gemma,")]
    [InlineData("""{"model_type":"llama"}""", "lacks the field hidden_size")]
    [InlineData("not json", "is not valid")]
    [InlineData("null", "is null")]
    [InlineData("""{"model_type":"llama","hidden_size":"64"}""", "hidden_size is \"64\", not a size")]
    public void A_missing_or_wrong_field_is_named(string text, string message) =>
        Assert.Contains(message, Refused(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"hidden_size\":-1", "hidden_size is -1")]
    [InlineData("\"hidden_size\":2000000000", "hidden_size is 2000000000")]
    [InlineData("\"num_key_value_heads\":3", "num_key_value_heads is 3, which does not divide 4 heads")]
    [InlineData("\"head_dim\":15", "head_dim is 15")]
    [InlineData("\"hidden_size\":66", "hidden_size is 66")]
    [InlineData("\"head_dim\":268435456", "num_attention_heads x head_dim")]
    [InlineData("\"rms_norm_eps\":-1e-5", "rms_norm_eps")]
    [InlineData("\"hidden_act\":\"relu2\"", "hidden_act is 'relu2'")]
    [InlineData("\"rope_scaling\":{\"type\":\"longrope\"}", "rope_type is 'longrope'")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"llama3\"}", "lacks the field factor")]
    [InlineData("\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4,\"original_max_position_embeddings\":64}", "high_freq_factor is 4")]
    [InlineData("\"eos_token_id\":384", "eos_token_id holds 384")]
    [InlineData("\"eos_token_id\":[1,\"x\"]", "eos_token_id holds \"x\"")]
    [InlineData("\"bos_token_id\":-1", "bos_token_id holds -1")]
    public void An_invalid_value_is_named_with_its_field(string fields, string message) =>
        Assert.Contains(message, Refused(With(fields)), StringComparison.Ordinal);

    // A field that is given twice has its last value, so that this replaces the minimal one.
    private static string With(string fields) => $"{Minimal[..^1]},{fields}}}";

    private static string Refused(string text) => Assert.Throws<ModelFileException>(() => ModelConfig.Parse("the path", text)).Message;
}
