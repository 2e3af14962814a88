using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// What a linear map read in a window and the gradient of what it gave: all that the gradients of its parameters are made of. They are computed
/// apart, so that a matrix can be cut into rows that many threads fill, each adding windows in their order.
/// </summary>
public sealed unsafe class LinearUse
{
    private FloatView _inputs;
    private FloatView _gradients;

    /// <summary>Elements of the map's input.</summary>
    public int Columns => _inputs.Columns;

    /// <summary>Adds the window's part of dL/dW to some rows of it.</summary>
    /// <param name="row">The first row of W.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="target">dL/dW of these rows [rows, K]; added to.</param>
    public void AddWeightGradient(int row, int rows, float* target)
    {
        if (_inputs.Rows == 0) return;
        FloatProduct.Run(_gradients.Part(0, _gradients.Rows, row, rows).Transposed, _inputs, new FloatView(target, rows, _inputs.Columns), accumulate: true);
    }

    /// <summary>Adds the window's part of dL/db.</summary>
    /// <param name="target">dL/db [N]; added to.</param>
    public void AddBiasGradient(float* target)
    {
        for (int token = 0; token < _gradients.Rows; token++) VectorOperations.Add(_gradients.At(token, 0), target, _gradients.Columns);
    }

    /// <summary>Remembers a window. The memory stays the caller's.</summary>
    /// <param name="inputs">x [tokens, K].</param>
    /// <param name="gradients">dL/dy [tokens, N].</param>
    internal void Set(FloatView inputs, FloatView gradients)
    {
        _inputs = inputs;
        _gradients = gradients;
    }
}
