using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>A linear map y = W x + b: its product, which runs together with others of the same input, and the bias afterwards.</summary>
/// <param name="weights">W and b.</param>
internal sealed unsafe class LinearPart(Linear weights)
{
    private readonly PinnedVector? _bias = PinnedVector.OrNull(weights.Bias);

    /// <summary>Outputs N.</summary>
    public int Rows => weights.Matrix.Rows;

    /// <summary>Inputs K.</summary>
    public int Columns => weights.Matrix.Columns;

    /// <summary>The product W x.</summary>
    /// <param name="workspace">The batch.</param>
    /// <param name="output">Its output, [tokens, N].</param>
    /// <param name="stride">Elements from one token's output to the next; null for N.</param>
    public MatrixProduct Product(Workspace workspace, float* output, int? stride = null) =>
        new(weights.Matrix, Math.Min(workspace.Level, weights.Matrix.Levels), output, stride ?? Rows);

    /// <summary>Adds the bias, where there is one.</summary>
    /// <param name="team">The workers.</param>
    /// <param name="output">The product's output.</param>
    /// <param name="stride">Elements from one token's output to the next.</param>
    /// <param name="tokens">Tokens.</param>
    public void AddBias(WorkerTeam team, float* output, int stride, int tokens)
    {
        if (_bias is not null) TokenRegion.Run(team, tokens, Rows, new Addition(_bias.Pointer, output, stride, Rows));
    }

    /// <summary>Product and bias of a map that shares its input with none.</summary>
    /// <param name="workspace">The batch.</param>
    /// <param name="x">The input.</param>
    /// <param name="output">Receives [tokens, N].</param>
    public void Forward(Workspace workspace, Activations x, float* output)
    {
        MatrixMultiply.Run(workspace.Team, x, [Product(workspace, output)], workspace.Precision);
        AddBias(workspace.Team, output, Rows, x.Tokens);
    }

    private readonly struct Addition(float* bias, float* y, int stride, int size) : ITokenOperation
    {
        public void Apply(int token) => VectorOperations.Add(bias, y + ((nint)token * stride), size);
    }
}
