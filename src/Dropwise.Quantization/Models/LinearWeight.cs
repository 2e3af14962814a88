using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Models;

/// <summary>One weight of a model that is to be quantized: dense, or quantized by somebody else, which is decoded.</summary>
/// <param name="Source">Where it is from.</param>
/// <param name="Tensor">Its name and shape, and what names its input: weights of one site read the same activations and share a rotation.</param>
internal sealed record LinearWeight(ModelSource Source, LinearTensor Tensor)
{
    /// <summary>The weight's name.</summary>
    public string Name => Tensor.Weight;

    /// <summary>Output rows N.</summary>
    public int Rows => Tensor.Rows;

    /// <summary>Inputs K.</summary>
    public int Columns => Tensor.Columns;

    /// <summary>Weights.</summary>
    public long Elements => (long)Rows * Columns;

    /// <summary>Finds a weight.</summary>
    /// <param name="source">The model.</param>
    /// <param name="tensor">What the configuration asks for.</param>
    /// <exception cref="ModelFileException">The weight is missing or has another shape.</exception>
    public static LinearWeight Of(ModelSource source, LinearTensor tensor)
    {
        if (source.Matrices.TryGetValue(tensor.Weight, out CheckpointMatrix? matrix))
        {
            if (matrix.Rows != tensor.Rows || matrix.Columns != tensor.Columns)
                throw new ModelFileException(source.Path, tensor.Weight, $"has shape [{matrix.Rows}, {matrix.Columns}]; the configuration asks for [{tensor.Rows}, {tensor.Columns}]");
        }
        else
        {
            _ = source.Tensors[tensor.Weight, tensor.Rows, tensor.Columns];
        }

        return new LinearWeight(source, tensor);
    }

    /// <summary>Reads the weight.</summary>
    /// <exception cref="ModelFileException">The elements are not F32, F16 or BF16.</exception>
    public FloatMatrix Read()
    {
        var values = new float[Rows * Columns];
        Source.ReadRows(Tensor, 0, values);
        return new FloatMatrix(Rows, Columns, values);
    }
}
