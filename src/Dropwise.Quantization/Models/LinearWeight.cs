using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Models;

/// <summary>One weight of a model that is to be quantized.</summary>
/// <param name="Tensor">The weight, [N output rows, K inputs].</param>
/// <param name="Site">What names its input: weights of one site read the same activations and share a rotation.</param>
internal sealed record LinearWeight(TensorView Tensor, string Site)
{
    /// <summary>The weight's name.</summary>
    public string Name => Tensor.Name;

    /// <summary>Output rows N.</summary>
    public int Rows => (int)Tensor.Shape[0];

    /// <summary>Inputs K.</summary>
    public int Columns => (int)Tensor.Shape[1];

    /// <summary>Weights.</summary>
    public long Elements => Tensor.Elements;

    /// <summary>Reads the weight.</summary>
    /// <exception cref="ModelFileException">The elements are not F32, F16 or BF16.</exception>
    public FloatMatrix Read()
    {
        var values = new float[Rows * Columns];
        Tensor.ReadFloats(0, values);
        return new FloatMatrix(Rows, Columns, values);
    }
}
