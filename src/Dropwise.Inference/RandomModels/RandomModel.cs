using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Models of a known shape with random weights: what speed depends on, without a download.</summary>
public sealed class RandomModel
{
    private readonly RandomMatrixFactory _factory;
    private readonly Dictionary<string, InputTransform> _sites = new(StringComparer.Ordinal);

    private RandomModel(ulong seed) => _factory = new RandomMatrixFactory(seed);

    /// <summary>Creates a model.</summary>
    /// <param name="config">The shape; its head is the embedding where both are tied.</param>
    /// <param name="layers">The format of all matrices of the layers; null for bfloat16.</param>
    /// <param name="head">The format of the head and the embedding; null for bfloat16.</param>
    /// <param name="seed">The seed: the same seed gives the same model.</param>
    public static ModelWeights Create(ModelConfig config, FormatRow? layers, FormatRow? head, ulong seed = 0) => Create(config, _ => layers, head, null, seed);

    /// <summary>Creates a model of mixed formats.</summary>
    /// <param name="config">The shape; its head is the embedding where both are tied.</param>
    /// <param name="layers">The format of each matrix of the layers, by its name; null for bfloat16.</param>
    /// <param name="head">The format of the head and the embedding; null for bfloat16.</param>
    /// <param name="served">The highest level of each layer, from the first layer; those with fewer are read whole. Null for all levels of all layers.</param>
    /// <param name="seed">The seed: the same seed gives the same model.</param>
    public static ModelWeights Create(ModelConfig config, Func<string, FormatRow?> layers, FormatRow? head, ImmutableArray<int>? served, ulong seed = 0)
    {
        var model = new RandomModel(seed);
        var tensors = new DecoderTensors(config, new TensorSet("a random model", []));
        WeightMatrix embedding = model.Matrix(tensors.Embedding, head);
        LayerWeights[] made = [.. Enumerable.Range(0, config.Layers).Select(index => model.Layer(tensors.Layer(index), layers, served?[index] ?? int.MaxValue))];
        return new ModelWeights(config, model._factory)
        {
            Embedding = embedding,
            Layers = [.. made],
            FinalNorm = Norm(tensors.FinalNorm),
            WholeLevels = made.SelectMany(static layer => layer.Matrices).Max(static matrix => (matrix as PackedMatrix)?.Format.Descriptor.Levels ?? 1),
            Head = config.TiedEmbeddings ? embedding : model.Matrix(tensors.Head, head),
        };
    }

    private LayerWeights Layer(LayerTensors tensors, Func<string, FormatRow?> format, int level) => new()
    {
        AttentionNorm = Norm(tensors.AttentionNorm),
        PostAttentionNorm = NormOrNull(tensors.PostAttentionNorm),
        QueryKeyValue = [.. tensors.QueryKeyValue.Select(tensor => Linear(tensor, format, level))],
        QueryNorm = NormOrNull(tensors.QueryNorm),
        KeyNorm = NormOrNull(tensors.KeyNorm),
        AttentionOutput = Linear(tensors.AttentionOutput, format, level),
        FeedForwardNorm = NormOrNull(tensors.FeedForwardNorm),
        PostFeedForwardNorm = NormOrNull(tensors.PostFeedForwardNorm),
        Router = tensors.Router is null ? null : Matrix(tensors.Router, null),
        FeedForward = [.. tensors.FeedForward.Select(network => new FeedForwardWeights(
            network.Gate is null ? null : Linear(network.Gate, format, level), Linear(network.Up, format, level), Linear(network.Down, format, level)))],
    };

    private Linear Linear(LinearTensor tensor, Func<string, FormatRow?> format, int level) =>
        new(Matrix(tensor, format(tensor.Weight), level), tensor.Bias is null ? null : new float[tensor.Rows]);

    private WeightMatrix Matrix(LinearTensor tensor, FormatRow? format, int level = int.MaxValue) => format is null
        ? _factory.CreateUnquantized(tensor.Rows, tensor.Columns)
        : _factory.Create(format, tensor.Rows, tensor.Columns, Rotation(tensor), Math.Min(level, format.Descriptor.Levels));

    // One rotation an input site, as a quantizer makes them: matrices that read one input share it.
    private InputTransform Rotation(LinearTensor tensor)
    {
        if (!_sites.TryGetValue(tensor.Site, out InputTransform? rotation)) _sites.Add(tensor.Site, rotation = _factory.Transform(tensor.Columns));
        return rotation;
    }

    private static NormWeights? NormOrNull(NormTensor? tensor) => tensor is null ? null : Norm(tensor);

    private static NormWeights Norm(NormTensor tensor) => new([.. Enumerable.Repeat(1f, tensor.Length)], tensor.Bias is null ? null : new float[tensor.Length]);
}
