using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Export;

/// <summary>Rows of a weight as float32, whatever form it is in; a rotation that the codes are behind is turned back.</summary>
/// <param name="source">The model.</param>
/// <param name="name">The weight's name.</param>
/// <param name="columns">Inputs K.</param>
internal sealed class WeightRows(ModelSource source, string name, int columns)
{
    // A transform without signs is the Hadamard part alone, which is its own inverse.
    private readonly InputTransform _unsigned = new([.. Enumerable.Repeat((sbyte)1, columns)]);

    /// <summary>Reads one row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="values">Receives [K] float32.</param>
    /// <exception cref="ModelFileException">The elements are no floats.</exception>
    public void Read(int row, Span<float> values)
    {
        if (!source.Matrices.TryGetValue(name, out CheckpointMatrix? matrix))
        {
            source.Tensors[name].ReadFloats((long)row * columns, values);
            return;
        }

        matrix.DecodeRows(row, values);
        if (matrix.Transform is not { } transform) return;

        // Codes describe W · Vᵀ with V = H · signs, and H is symmetric: W = (W · Vᵀ) · H · signs.
        InputTransforms.RotateRows(_unsigned, values);
        for (int i = 0; i < values.Length; i++) values[i] *= transform.Signs[i];
    }
}
