using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// What a linear map read in a window and the gradient of what it gave: all that the gradients of its parameters are made of. They are computed
/// apart, so that a matrix can be cut into rows that many threads fill, each adding windows in their order.
/// </summary>
/// <param name="engine">Whose memory they are in.</param>
public sealed unsafe class LinearUse(BlockEngine engine)
{
    private FloatView _inputs;
    private FloatView _gradients;

    /// <summary>Elements of the map's input.</summary>
    public int Columns => _inputs.Columns;

    /// <summary>x [tokens, K], where the engine computes.</summary>
    public FloatView Inputs => _inputs;

    /// <summary>dL/dy [tokens, N], where the engine computes.</summary>
    public FloatView Gradients => _gradients;

    /// <summary>Adds the window's part of dL/dW to some rows of it.</summary>
    /// <param name="row">The first row of W.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="target">dL/dW of these rows [rows, K], the engine's; added to.</param>
    public void AddWeightGradient(int row, int rows, float* target)
    {
        if (_inputs.Rows == 0) return;
        engine.Product(_gradients.Part(0, _gradients.Rows, row, rows).Transposed, _inputs, new FloatView(target, rows, _inputs.Columns), accumulate: true);
    }

    /// <summary>Adds the window's part of dL/db.</summary>
    /// <param name="target">dL/db [N], on the host; added to.</param>
    public void AddBiasGradient(Span<float> target)
    {
        if (_gradients.Rows > 0) engine.AddColumnSums(_gradients, target);
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
