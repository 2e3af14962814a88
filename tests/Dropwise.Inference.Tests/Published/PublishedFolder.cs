using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Published;

/// <summary>One layer as its authors would publish it, and what it stands for.</summary>
/// <param name="Weights">[N, K], float64.</param>
/// <param name="Tensors">The tensors of the layer.</param>
internal sealed record PublishedLayer(double[] Weights, ImmutableArray<TensorContent> Tensors);

/// <summary>A small Llama in a folder as authors publish quantized models, written byte by byte from the documented layouts.</summary>
internal sealed class PublishedFolder : IDisposable
{
    // Keys and values have 48 rows, which do not fill a tile of 64; all other matrices do.
    private const string Sizes =
        """
        "model_type":"llama","hidden_size":192,"intermediate_size":256,"num_hidden_layers":1,"num_attention_heads":4,"num_key_value_heads":1,
        "vocab_size":96,"tie_word_embeddings":false
        """;

    private readonly List<TensorContent> _contents = [];
    private readonly Random _random = new(11);

    /// <summary>Writes a model.</summary>
    /// <param name="quantization">The JSON object <c>quantization_config</c>.</param>
    /// <param name="publish">Makes the tensors of a layer: its name without <c>.weight</c>, rows, columns.</param>
    public PublishedFolder(string quantization, Func<string, int, int, Random, PublishedLayer> publish)
    {
        string config = $$"""{{{Sizes}},"quantization_config":{{quantization}}}""";
        File.WriteAllText(Path.Combine(Folder, "config.json"), config);
        var shape = ModelConfig.Parse("config", config);
        var tensors = new DecoderTensors(shape, new TensorSet("none", []));
        AddDense(tensors.Embedding.Weight, tensors.Embedding.Rows, tensors.Embedding.Columns);
        AddDense(tensors.Head.Weight, tensors.Head.Rows, tensors.Head.Columns);
        AddDense(tensors.FinalNorm.Weight, tensors.FinalNorm.Length);
        LayerTensors layer = tensors.Layer(0);
        AddDense(layer.AttentionNorm.Weight, layer.AttentionNorm.Length);
        AddDense(layer.FeedForwardNorm!.Weight, layer.FeedForwardNorm.Length);
        foreach (LinearTensor linear in layer.Linears)
        {
            PublishedLayer published = publish(linear.Weight[..^".weight".Length], linear.Rows, linear.Columns, _random);
            Weights.Add(linear.Weight, published.Weights);
            _contents.AddRange(published.Tensors);
        }

        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), _contents, []);
    }

    /// <summary>The shipped formats.</summary>
    public static FormatRegistry Registry { get; } = new(FormatTable.Rows);

    /// <summary>The folder.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("dropwise-published-").FullName;

    /// <summary>What the quantized layers stand for, by weight name.</summary>
    public Dictionary<string, double[]> Weights { get; } = [];

    /// <summary>Opens the model as the commands do.</summary>
    public ModelSource Open() => ModelSource.OpenAny(Folder, Registry);

    /// <summary>A tensor of any elements.</summary>
    public static TensorContent Tensor<T>(string name, TensorType type, T[] values, params long[] shape)
        where T : unmanaged =>
        new(name, type, [.. shape], sink => sink.Write(MemoryMarshal.AsBytes(values.AsSpan())));

    /// <summary>Writes the same model with the quantized layers as float32 matrices, and loads it.</summary>
    public ModelWeights Unquantized()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Folder, "unquantized")).FullName;
        File.WriteAllText(Path.Combine(folder, "config.json"), $"{{{Sizes}}}");
        using ModelSource source = Open();
        IEnumerable<TensorContent> dense = source.Tensors.Select(TensorContent.Of);
        IEnumerable<TensorContent> decoded = source.Matrices.Values.Select(
            matrix => Tensor(matrix.Name, TensorType.Float32, [.. Weights[matrix.Name].Select(static w => (float)w)], matrix.Rows, matrix.Columns));
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), [.. dense, .. decoded], []);
        return WeightLoader.Load(ModelFolder.Open(folder));
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Folder, recursive: true);

    // Rows of about unit length; norms around one half.
    private void AddDense(string name, params long[] shape)
    {
        double reach = shape.Length == 2 ? Math.Sqrt(3.0 / shape[1]) : 0.5, centre = shape.Length == 2 ? 0 : 0.5;
        var values = new Half[shape.Aggregate(1L, static (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++) values[i] = (Half)(centre + (((_random.NextDouble() * 2) - 1) * reach));
        _contents.Add(Tensor(name, TensorType.Float16, values, shape));
    }
}
