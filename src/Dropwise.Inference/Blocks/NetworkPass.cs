using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Inference.Blocks;

/// <summary>Tokens' way through one feed-forward network and back.</summary>
/// <param name="network">The network.</param>
/// <param name="engine">What computes.</param>
/// <param name="memory">A pass that this one takes turns with in the same memory, which stays that one's; null for memory of its own.</param>
internal sealed unsafe class NetworkPass(BlockNetwork network, BlockEngine engine, NetworkPass? memory = null) : IDisposable
{
    private readonly EngineBuffer _inputs = memory?._inputs ?? new(engine);
    private readonly EngineBuffer _gates = memory?._gates ?? new(engine);
    private readonly EngineBuffer _ups = memory?._ups ?? new(engine);
    private readonly EngineBuffer _inner = memory?._inner ?? new(engine);
    private readonly EngineBuffer _outputs = memory?._outputs ?? new(engine);
    private readonly EngineBuffer _outputGradients = memory?._outputGradients ?? new(engine);
    private readonly EngineBuffer _innerGradients = memory?._innerGradients ?? new(engine);
    private readonly bool _ownsMemory = memory is null;
    private int _tokens;

    /// <summary>The uses of gate (where there is one), up and down.</summary>
    public ImmutableArray<LinearUse> Uses { get; } = [.. Enumerable.Range(0, network.Inputs.Count + 1).Select(_ => new LinearUse(engine))];

    /// <summary>What the network gave, [tokens, hidden].</summary>
    public FloatView Outputs => new(_outputs.Pointer, _tokens, Hidden);

    private int Hidden => network.Down.Tensor.Rows;

    private long Count => (long)_tokens * network.InnerSize;

    /// <summary>Room for what the network reads.</summary>
    /// <param name="tokens">Its tokens.</param>
    /// <returns>[tokens, hidden].</returns>
    public FloatView Inputs(int tokens) => new(_inputs.Resize((long)(_tokens = tokens) * Hidden), tokens, Hidden);

    /// <summary>Room for the gradient of what the network gives, [tokens, hidden].</summary>
    public FloatView OutputGradients() => new(_outputGradients.Resize((long)_tokens * Hidden), _tokens, Hidden);

    /// <summary>Runs the network on its inputs.</summary>
    public void Forward()
    {
        FloatView x = new(_inputs.Pointer, _tokens, Hidden), ups = new(_ups.Resize(Count), _tokens, network.InnerSize), gates = default;
        engine.Multiply(network.Up, x, ups);
        if (network.Gate is not null)
        {
            gates = new FloatView(_gates.Resize(Count), _tokens, network.InnerSize);
            engine.Multiply(network.Gate, x, gates);
        }

        FloatView inner = new(_inner.Resize(Count), _tokens, network.InnerSize);
        engine.Activate(network.Function, gates.Data, ups.Data, inner.Data, Count);
        engine.Multiply(network.Down, inner, new FloatView(_outputs.Resize((long)_tokens * Hidden), _tokens, Hidden));
    }

    /// <summary>Goes back from <see cref="OutputGradients"/>; what the activations read is overwritten by its gradient.</summary>
    /// <param name="dx">Receives the gradient of the inputs, [tokens, hidden].</param>
    public void Backward(FloatView dx)
    {
        FloatView x = new(_inputs.Pointer, _tokens, Hidden), ups = new(_ups.Pointer, _tokens, network.InnerSize);
        FloatView doutputs = new(_outputGradients.Pointer, _tokens, Hidden), dinner = new(_innerGradients.Resize(Count), _tokens, network.InnerSize);
        engine.MultiplyBack(network.Down, doutputs, dinner);
        Uses[^1].Set(new FloatView(_inner.Pointer, _tokens, network.InnerSize), doutputs);
        FloatView gates = network.Gate is null ? default : new FloatView(_gates.Pointer, _tokens, network.InnerSize);
        engine.ActivateBack(network.Function, gates.Data, ups.Data, dinner.Data, Count);
        if (network.Gate is not null)
        {
            engine.MultiplyBack(network.Gate, gates, dx);
            Uses[0].Set(x, gates);
        }

        engine.MultiplyBack(network.Up, ups, dx, accumulate: network.Gate is not null);
        Uses[^2].Set(x, ups);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_ownsMemory) return;
        foreach (EngineBuffer buffer in (EngineBuffer[])[_inputs, _gates, _ups, _inner, _outputs, _outputGradients, _innerGradients]) buffer.Dispose();
    }
}
