using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;

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
    /// <param name="engine">What computes.</param>
    /// <param name="x">[tokens, hidden].</param>
    /// <param name="inner">Receives [tokens, intermediate].</param>
    public void Inner(BlockEngine engine, FloatView x, FloatView inner)
    {
        long count = (long)x.Rows * InnerSize;
        engine.Multiply(up, x, inner);
        if (gate is null)
        {
            engine.Activate(function, null, inner.Data, inner.Data, count);
            return;
        }

        using FloatMemory gates = engine.Allocate(Math.Max(1, count));
        engine.Multiply(gate, x, gates.View(x.Rows, InnerSize));
        engine.Activate(function, gates.Pointer, inner.Data, inner.Data, count);
    }
}
