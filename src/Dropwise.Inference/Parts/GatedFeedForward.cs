using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>SwiGLU: down · (SiLU(gate · x) ⊙ (up · x)).</summary>
/// <param name="gate">[intermediate, hidden].</param>
/// <param name="up">[intermediate, hidden].</param>
/// <param name="down">[hidden, intermediate].</param>
internal sealed unsafe class GatedFeedForward(WeightMatrix gate, WeightMatrix up, WeightMatrix down)
{
    /// <summary>Leaves the result in <see cref="Workspace.Projection"/>.</summary>
    /// <param name="workspace">The batch; <see cref="Workspace.Normed"/> is the input.</param>
    public void Forward(Workspace workspace)
    {
        float* gates = workspace.Wide;
        float* ups = gates + ((nint)workspace.Tokens * gate.Rows);
        MatrixMultiply.Run(workspace.Team, workspace.Normed, [workspace.Product(gate, gates), workspace.Product(up, ups)], workspace.Precision);

        Activations inner = workspace.Inner;
        TokenRegion.Run(workspace.Team, workspace.Tokens, gate.Rows, new Activation(gates, ups, inner.Values, inner.Stride, gate.Rows));
        inner.Changed(workspace.Tokens, down.Columns);
        MatrixMultiply.Run(workspace.Team, inner, [workspace.Product(down, workspace.Projection)], workspace.Precision);
    }

    private readonly struct Activation(float* gates, float* ups, float* y, int stride, int size) : ITokenOperation
    {
        public void Apply(int token) =>
            VectorOperations.SiluMultiply(gates + ((nint)token * size), ups + ((nint)token * size), y + ((nint)token * stride), size);
    }
}
