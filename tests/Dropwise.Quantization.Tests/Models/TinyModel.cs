using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Tests.Models;

/// <summary>A model of two layers of random weights in a folder of its own.</summary>
internal sealed class TinyModel : IDisposable
{
    public const int Hidden = 64;
    public const int Inner = 96;
    public const int Vocabulary = 40;
    public const int LinearLayers = 14;

    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-quantization-").FullName;

    /// <summary>Writes the model.</summary>
    /// <param name="tied">Whether the head is the embedding.</param>
    /// <param name="change">Changes the weights of a name before they are written.</param>
    public TinyModel(bool tied = true, Action<string, float[]>? change = null)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), $$"""
            {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": {{Hidden}}, "intermediate_size": {{Inner}},
             "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": {{Vocabulary}},
             "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "tie_word_embeddings": {{(tied ? "true" : "false")}}}
            """);
        var tensors = ImmutableArray.CreateBuilder<TensorContent>();
        Add("model.embed_tokens.weight", Vocabulary, Hidden);
        for (int i = 0; i < 2; i++)
        {
            string layer = $"model.layers.{i}.";
            Add(layer + "input_layernorm.weight", Hidden);
            Add(layer + "self_attn.q_proj.weight", Hidden, Hidden);
            Add(layer + "self_attn.k_proj.weight", Hidden / 2, Hidden);
            Add(layer + "self_attn.v_proj.weight", Hidden / 2, Hidden);
            Add(layer + "self_attn.o_proj.weight", Hidden, Hidden);
            Add(layer + "post_attention_layernorm.weight", Hidden);
            Add(layer + "mlp.gate_proj.weight", Inner, Hidden);
            Add(layer + "mlp.up_proj.weight", Inner, Hidden);
            Add(layer + "mlp.down_proj.weight", Hidden, Inner);
        }

        Add("model.norm.weight", Hidden);
        if (!tied) Add("lm_head.weight", Vocabulary, Hidden);
        SafetensorsWriter.Write(Path.Combine(_folder, "model.safetensors"), tensors.ToImmutable(), [], CancellationToken.None);

        void Add(string name, params int[] shape)
        {
            float[] values = Matrices.Gaussian(shape[0], shape.Length == 1 ? 1 : shape[1], seed: tensors.Count).Values;
            change?.Invoke(name, values);
            tensors.Add(new TensorContent(
                name, TensorType.Float32, [.. shape.Select(n => (long)n)], sink => sink.Write(MemoryMarshal.AsBytes(values.AsSpan()))));
        }
    }

    /// <summary>Where a checkpoint may go.</summary>
    public string Output => Path.Combine(_folder, "out", "model.dropwise");

    /// <summary>Opens the model and makes the folder of <see cref="Output"/>.</summary>
    public ModelFolder Open()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Output)!);
        return ModelFolder.Open(_folder);
    }

    /// <summary>The files beside the output.</summary>
    public string[] Written() => Directory.GetFileSystemEntries(Path.GetDirectoryName(Output)!);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
