using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Finds the weights of a decoder by the names that its family gives them, and checks each shape against the configuration.</summary>
public sealed unsafe class WeightLoader
{
    private readonly ModelSource _source;

    private WeightLoader(ModelSource source) => _source = source;

    /// <summary>Loads a model; tensors are read in place, quantized or not.</summary>
    /// <param name="source">The opened model, which belongs to the result from here on and is disposed of with it.</param>
    /// <param name="served">The highest level of each layer, from the first layer; those with fewer are read whole. Null for all levels of all layers.</param>
    /// <exception cref="ModelFileException">
    /// A tensor is missing or has another shape or type than the configuration asks for, or the file was cut before a level that is asked for.
    /// </exception>
    public static ModelWeights Load(ModelSource source, ImmutableArray<int>? served = null)
    {
        var loader = new WeightLoader(source);
        var tensors = new DecoderTensors(source.Config, source.Tensors);
        WeightMatrix embedding = loader.Matrix(tensors.Embedding);
        if (embedding.Transform is not null)
            throw new ModelFileException(source.Path, tensors.Embedding.Weight, "is rotated, but rows of an embedding are read one by one, where nothing turns a rotation back");
        return new ModelWeights(source.Config, source)
        {
            Embedding = embedding,
            Layers = [.. Enumerable.Range(0, source.Config.Layers).Select(index => loader.Layer(tensors.Layer(index), served?[index]))],
            FinalNorm = Norm(source, tensors.FinalNorm),
            WholeLevels = (source as CheckpointReader)?.Levels ?? 1,
            Head = source.Config.TiedEmbeddings ? embedding : loader.Matrix(tensors.Head),
        };
    }

    private LayerWeights Layer(LayerTensors tensors, int? level) => new()
    {
        AttentionNorm = Norm(_source, tensors.AttentionNorm),
        PostAttentionNorm = Norm(_source, tensors.PostAttentionNorm),
        QueryKeyValue = [.. tensors.QueryKeyValue.Select(tensor => Linear(tensor, level))],
        QueryNorm = Norm(_source, tensors.QueryNorm),
        KeyNorm = Norm(_source, tensors.KeyNorm),
        AttentionOutput = Linear(tensors.AttentionOutput, level),
        FeedForwardNorm = Norm(_source, tensors.FeedForwardNorm),
        PostFeedForwardNorm = Norm(_source, tensors.PostFeedForwardNorm),
        Router = tensors.Router is null ? null : Matrix(tensors.Router),
        FeedForward = [.. tensors.FeedForward.Select(network =>
            new FeedForwardWeights(network.Gate is null ? null : Linear(network.Gate, level), Linear(network.Up, level), Linear(network.Down, level)))],
    };

    private Linear Linear(LinearTensor tensor, int? level) => new(Matrix(tensor, level), tensor.Bias is null ? null : Vector(_source, tensor.Bias, tensor.Rows));

    private WeightMatrix Matrix(LinearTensor tensor, int? level = null) =>
        _source.Matrices.TryGetValue(tensor.Weight, out CheckpointMatrix? matrix)
            ? Packed(matrix, tensor, level)
            : Dense(tensor);

    private PackedMatrix Packed(CheckpointMatrix matrix, LinearTensor tensor, int? served)
    {
        if (matrix.Rows != tensor.Rows || matrix.Columns != tensor.Columns)
            throw new ModelFileException(_source.Path, matrix.Name, $"has shape [{matrix.Rows}, {matrix.Columns}]; the configuration asks for [{tensor.Rows}, {tensor.Columns}]");
        int whole = matrix.Row.Descriptor.Levels, levels = Math.Min(served ?? matrix.Levels, whole);
        if (levels > matrix.Levels)
            throw new ModelFileException(_source.Path, matrix.Name, $"is to be served at level {levels}, but the file was cut before level {matrix.Levels + 1} of {whole}");
        return new PackedMatrix(matrix.Row, matrix.Rows, matrix.Columns, matrix.Streams.AsSpan(), matrix.Codebooks, matrix.Transform, levels, matrix);
    }

    private WeightMatrix Dense(LinearTensor expected)
    {
        TensorView tensor = _source.Tensors[expected.Weight, expected.Rows, expected.Columns];
        ScalarType type = tensor.Type switch
        {
            TensorType.Float32 => ScalarType.Float32,
            TensorType.Float16 => ScalarType.Float16,
            TensorType.BFloat16 => ScalarType.BFloat16,
            _ => throw new ModelFileException(tensor.File.FilePath, tensor.Name, $"is {TensorTypes.NameOf(tensor.Type)}; weights are F32, F16 or BF16"),
        };
        return DenseMatrix.Create(type, expected.Rows, expected.Columns, (void*)tensor.Address, tensor);
    }

    /// <summary>Reads a norm.</summary>
    /// <param name="source">The model.</param>
    /// <param name="tensor">Its parameters' names, or null.</param>
    /// <exception cref="ModelFileException">A tensor is missing or of the wrong shape or type.</exception>
    [return: NotNullIfNotNull(nameof(tensor))]
    internal static NormWeights? Norm(ModelSource source, NormTensor? tensor)
    {
        if (tensor is null) return null;
        float[] weight = Vector(source, tensor.Weight, tensor.Length);
        if (source.Config.Norm.OffsetWeight)
        {
            for (int i = 0; i < weight.Length; i++) weight[i] += 1;
        }

        return new NormWeights(weight, tensor.Bias is null ? null : Vector(source, tensor.Bias, tensor.Length));
    }

    /// <summary>Reads a vector.</summary>
    /// <param name="source">The model.</param>
    /// <param name="name">Its name.</param>
    /// <param name="length">Elements.</param>
    /// <exception cref="ModelFileException">It is missing or of the wrong length or type.</exception>
    internal static float[] Vector(ModelSource source, string name, int length)
    {
        TensorView tensor = source.Tensors[name, length];
        float[] values = new float[length];
        tensor.ReadFloats(0, values);
        return values;
    }
}
