using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Models;

/// <summary>One weight of a model that is to be quantized: dense, or in blocks of a GGUF file, which are decoded.</summary>
/// <param name="Source">Where it is from: one of the two.</param>
/// <param name="Name">The weight's name.</param>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
/// <param name="Site">What names its input: weights of one site read the same activations and share a rotation.</param>
internal sealed record LinearWeight(ModelSource Source, string Name, int Rows, int Columns, string Site)
{
    /// <summary>Weights.</summary>
    public long Elements => (long)Rows * Columns;

    /// <summary>Finds a weight.</summary>
    /// <param name="source">The model.</param>
    /// <param name="name">The weight's name.</param>
    /// <param name="rows">The rows that the configuration asks for.</param>
    /// <param name="columns">The inputs that the configuration asks for.</param>
    /// <param name="site">What names its input.</param>
    /// <exception cref="ModelFileException">The weight is missing or has another shape.</exception>
    public static LinearWeight Of(ModelSource source, string name, int rows, int columns, string site)
    {
        if (source.Matrices.TryGetValue(name, out CheckpointMatrix? matrix))
        {
            if (matrix.Rows != rows || matrix.Columns != columns)
                throw new ModelFileException(source.Path, name, $"has shape [{matrix.Rows}, {matrix.Columns}]; the configuration asks for [{rows}, {columns}]");
        }
        else
        {
            _ = source.Tensors[name, rows, columns];
        }

        return new LinearWeight(source, name, rows, columns, site);
    }

    /// <summary>Reads the weight.</summary>
    /// <exception cref="ModelFileException">The elements are not F32, F16 or BF16.</exception>
    public FloatMatrix Read()
    {
        var values = new float[Rows * Columns];
        if (Source.Matrices.TryGetValue(Name, out CheckpointMatrix? matrix)) matrix.DecodeRows(0, values);
        else Source.Tensors[Name].ReadFloats(0, values);
        return new FloatMatrix(Rows, Columns, values);
    }
}
