using Dropwise.Inference.Tests.Architectures;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests;

/// <summary>Models whose tensors do not fit their configuration: the default model's tensors beside an altered configuration.</summary>
public sealed class WeightLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-").FullName;

    [Fact]
    public void A_missing_tensor_is_named_with_its_file()
    {
        string message = Load("\"tie_word_embeddings\": true", "\"tie_word_embeddings\": false");
        Assert.Contains("model.safetensors", message);
        Assert.Contains("tensor 'lm_head.weight' is missing", message);
    }

    [Fact]
    public void A_missing_layer_is_named() =>
        Assert.Contains("tensor 'model.layers.8.input_layernorm.weight' is missing", Load("\"num_hidden_layers\": 8", "\"num_hidden_layers\": 9"));

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both_shapes()
    {
        string message = Load("\"intermediate_size\": 768", "\"intermediate_size\": 512");
        Assert.Contains("model.safetensors", message);
        Assert.Contains("tensor 'model.layers.0.mlp.gate_proj.weight' has shape [768, 256]; the configuration asks for [512, 256]", message);
    }

    [Theory]
    [InlineData("\"model_type\":\"qwen2\"", "model.layers.1.self_attn.k_proj.bias")]
    [InlineData("\"model_type\":\"qwen3\"", "model.layers.0.self_attn.q_norm.weight")]
    [InlineData("\"model_type\":\"mixtral\"", "model.layers.1.block_sparse_moe.gate.weight")]
    [InlineData("\"model_type\":\"mixtral\"", "model.layers.0.block_sparse_moe.experts.7.w2.weight")]
    [InlineData("\"model_type\":\"gemma3_text\"", "model.layers.1.post_feedforward_layernorm.weight")]
    [InlineData("\"model_type\":\"falcon\",\"bias\":true", "transformer.h.1.mlp.dense_4h_to_h.bias")]
    [InlineData("\"model_type\":\"falcon\"", "transformer.ln_f.bias")]
    public void A_missing_tensor_of_any_family_is_named(string fields, string tensor)
    {
        const string Sizes = "\"hidden_size\":32,\"intermediate_size\":40,\"num_hidden_layers\":2,\"num_attention_heads\":4,\"head_dim\":8,\"vocab_size\":64";
        using var model = new SyntheticModel($"{{{Sizes},{fields}}}", leaveOut: tensor);
        using ModelFolder source = ModelFolder.Open(model.Folder);
        string message = Assert.Throws<ModelFileException>(() => WeightLoader.Load(source)).Message;
        Assert.Contains("model.safetensors", message);
        Assert.Contains($"tensor '{tensor}' is missing", message);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Load(string text, string replacement)
    {
        string config = File.ReadAllText(Path.Combine(TestData.DefaultModel, "config.json"));
        Assert.Contains(text, config);
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.Replace(text, replacement, StringComparison.Ordinal));
        File.Copy(Path.Combine(TestData.DefaultModel, "model.safetensors"), Path.Combine(_folder, "model.safetensors"));
        using ModelFolder source = ModelFolder.Open(_folder);
        return Assert.Throws<ModelFileException>(() => WeightLoader.Load(source)).Message;
    }
}
