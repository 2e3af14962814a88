using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Finds the weights of a decoder by the names that Hugging Face models give them, and checks each shape against the configuration.</summary>
public sealed unsafe class WeightLoader
{
    private readonly ModelSource _source;
    private readonly ModelConfig _config;

    private WeightLoader(ModelSource source)
    {
        _source = source;
        _config = source.Config;
    }

    /// <summary>Loads a model; tensors are read in place, quantized or not.</summary>
    /// <param name="source">The opened model, which belongs to the result from here on and is disposed of with it.</param>
    /// <exception cref="ModelFileException">A tensor is missing or has another shape or type than the configuration asks for.</exception>
    public static ModelWeights Load(ModelSource source)
    {
        var loader = new WeightLoader(source);
        ModelConfig config = source.Config;
        WeightMatrix embedding = loader.Matrix("model.embed_tokens.weight", config.VocabularySize, config.HiddenSize);
        if (embedding.Transform is not null)
            throw new ModelFileException(source.Path, "model.embed_tokens.weight", "is rotated, but rows of an embedding are read one by one, where nothing turns a rotation back");
        return new ModelWeights(config, source)
        {
            Embedding = embedding,
            Layers = [.. Enumerable.Range(0, config.Layers).Select(loader.Layer)],
            FinalNorm = loader.Vector("model.norm.weight", config.HiddenSize),
            WholeLevels = (source as CheckpointReader)?.Levels ?? 1,
            Head = config.TiedEmbeddings ? embedding : loader.Matrix("lm_head.weight", config.VocabularySize, config.HiddenSize),
        };
    }

    private LayerWeights Layer(int index)
    {
        string prefix = $"model.layers.{index}.";
        int hidden = _config.HiddenSize, inner = _config.IntermediateSize;
        int queries = _config.Heads * _config.HeadDimension, keys = _config.KeyValueHeads * _config.HeadDimension;
        return new LayerWeights
        {
            AttentionNorm = Vector(prefix + "input_layernorm.weight", hidden),
            Query = Matrix(prefix + "self_attn.q_proj.weight", queries, hidden),
            Key = Matrix(prefix + "self_attn.k_proj.weight", keys, hidden),
            Value = Matrix(prefix + "self_attn.v_proj.weight", keys, hidden),
            AttentionOutput = Matrix(prefix + "self_attn.o_proj.weight", hidden, queries),
            FeedForwardNorm = Vector(prefix + "post_attention_layernorm.weight", hidden),
            Gate = Matrix(prefix + "mlp.gate_proj.weight", inner, hidden),
            Up = Matrix(prefix + "mlp.up_proj.weight", inner, hidden),
            Down = Matrix(prefix + "mlp.down_proj.weight", hidden, inner),
        };
    }

    private WeightMatrix Matrix(string name, int rows, int columns) =>
        _source.Matrices.TryGetValue(name, out CheckpointMatrix? matrix)
            ? Packed(matrix, rows, columns)
            : Dense(name, rows, columns);

    private PackedMatrix Packed(CheckpointMatrix matrix, int rows, int columns)
    {
        if (matrix.Rows != rows || matrix.Columns != columns)
            throw new ModelFileException(_source.Path, matrix.Name, $"has shape [{matrix.Rows}, {matrix.Columns}]; the configuration asks for [{rows}, {columns}]");
        return new PackedMatrix(matrix.Row, rows, columns, matrix.Streams.AsSpan(), matrix.Codebooks, matrix.Transform, matrix.Levels, matrix.Owner);
    }

    private WeightMatrix Dense(string name, int rows, int columns)
    {
        TensorView tensor = _source.Tensors[name, rows, columns];
        ScalarType type = tensor.Type switch
        {
            TensorType.Float32 => ScalarType.Float32,
            TensorType.Float16 => ScalarType.Float16,
            TensorType.BFloat16 => ScalarType.BFloat16,
            _ => throw new ModelFileException(tensor.File.FilePath, name, $"is {TensorTypes.NameOf(tensor.Type)}; weights are F32, F16 or BF16"),
        };
        return DenseMatrix.Create(type, rows, columns, (void*)tensor.Address, tensor);
    }

    private float[] Vector(string name, int length)
    {
        float[] values = new float[length];
        _source.Tensors[name, length].ReadFloats(0, values);
        return values;
    }
}
