using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks;

/// <summary>A feed-forward network or one expert: down · (f(gate · x) ⊙ (up · x)), or down · f(up · x) where nothing gates.</summary>
/// <param name="function">f.</param>
/// <param name="gate">[intermediate, hidden], or null where nothing gates.</param>
/// <param name="up">[intermediate, hidden].</param>
/// <param name="down">[hidden, intermediate].</param>
public sealed unsafe class BlockNetwork(ActivationFunction function, BlockLinear? gate, BlockLinear up, BlockLinear down)
{
    /// <summary>The maps that read the network's input.</summary>
    public IReadOnlyList<BlockLinear> Inputs { get; } = gate is null ? [up] : [gate, up];

    /// <summary>All maps: gate where there is one, up, down.</summary>
    public IEnumerable<BlockLinear> Linears => Inputs.Append(down);

    /// <summary>f.</summary>
    internal ActivationFunction Function => function;

    /// <summary>[intermediate, hidden], or null where nothing gates.</summary>
    internal BlockLinear? Gate => gate;

    /// <summary>[intermediate, hidden].</summary>
    internal BlockLinear Up => up;

    /// <summary>The map that reads what the activation leaves.</summary>
    public BlockLinear Down => down;

    /// <summary>Elements between the two products.</summary>
    public int InnerSize => up.Tensor.Rows;

    /// <summary>A network with the same weights, until they are replaced.</summary>
    public BlockNetwork Share() => new(function, gate?.Share(), up.Share(), down.Share());

    /// <summary>f(gate · x) ⊙ (up · x): what <see cref="Down"/> reads.</summary>
    /// <param name="x">[tokens, hidden].</param>
    /// <returns>[tokens, intermediate].</returns>
    public float[] Inner(float[] x)
    {
        int tokens = x.Length / up.Tensor.Columns, count = tokens * InnerSize;
        var inner = new float[count];
        var gates = new float[gate is null ? 0 : count];
        fixed (float* input = x, factors = inner, values = gates)
        {
            up.Forward(input, tokens, factors);
            gate?.Forward(input, tokens, values);
            if (gate is null) ActivationOperations.Apply(function, factors, factors, count);
            else ActivationOperations.ApplyGate(function, values, factors, factors, count);
        }

        return inner;
    }
}
