using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks;

/// <summary>A window's way through one feed-forward network and back.</summary>
/// <param name="network">The network.</param>
internal sealed unsafe class NetworkPass(BlockNetwork network)
{
    private readonly FloatBuffer _inputs = new();
    private readonly FloatBuffer _gates = new();
    private readonly FloatBuffer _ups = new();
    private readonly FloatBuffer _inner = new();
    private readonly FloatBuffer _outputs = new();
    private readonly FloatBuffer _outputGradients = new();
    private readonly FloatBuffer _innerGradients = new();
    private int _tokens;

    /// <summary>The uses of gate (where there is one), up and down.</summary>
    public ImmutableArray<LinearUse> Uses { get; } = [.. Enumerable.Range(0, network.Inputs.Count + 1).Select(static _ => new LinearUse())];

    /// <summary>Room for what the network reads.</summary>
    /// <param name="tokens">Its tokens.</param>
    public float* Inputs(int tokens) => _inputs.Resize((_tokens = tokens) * Hidden);

    /// <summary>Room for the gradient of what the network gives, [tokens, hidden].</summary>
    public float* OutputGradients() => _outputGradients.Resize(_tokens * Hidden);

    private int Hidden => network.Down.Tensor.Rows;

    private int Count => _tokens * network.InnerSize;

    /// <summary>Runs the network on its inputs.</summary>
    /// <returns>[tokens, hidden].</returns>
    public float* Forward()
    {
        float* ups = _ups.Resize(Count), inner = _inner.Resize(Count), outputs = _outputs.Resize(_tokens * Hidden);
        network.Up.Forward(_inputs.Pointer, _tokens, ups);
        if (network.Gate is null)
        {
            ActivationOperations.Apply(network.Function, ups, inner, Count);
        }
        else
        {
            float* gates = _gates.Resize(Count);
            network.Gate.Forward(_inputs.Pointer, _tokens, gates);
            ActivationOperations.ApplyGate(network.Function, gates, ups, inner, Count);
        }

        network.Down.Forward(inner, _tokens, outputs);
        return outputs;
    }

    /// <summary>One token's result.</summary>
    /// <param name="token">The token, of those of this network.</param>
    public float* Output(int token) => _outputs.Pointer + ((nint)token * Hidden);

    /// <summary>Goes back from <see cref="OutputGradients"/>; what the activations read is overwritten by its gradient.</summary>
    /// <param name="dx">Receives the gradient of the inputs, [tokens, hidden].</param>
    public void Backward(float* dx)
    {
        float* x = _inputs.Pointer, ups = _ups.Pointer, dinner = _innerGradients.Resize(Count);
        network.Down.Backward(_outputGradients.Pointer, _tokens, dinner);
        Record(Uses[^1], _inner.Pointer, _outputGradients.Pointer, network.Down);
        if (network.Gate is null)
        {
            ActivationOperations.ApplyGradient(network.Function, ups, dinner, ups, Count);
        }
        else
        {
            float* gates = _gates.Pointer;
            ActivationOperations.ApplyGateGradient(network.Function, gates, ups, dinner, gates, ups, Count);
            network.Gate.Backward(gates, _tokens, dx);
            Record(Uses[0], x, gates, network.Gate);
        }

        network.Up.Backward(ups, _tokens, dx, accumulate: network.Gate is not null);
        Record(Uses[^2], x, ups, network.Up);
    }

    private void Record(LinearUse use, float* x, float* dy, BlockLinear linear) =>
        use.Set(new FloatView(x, _tokens, linear.Tensor.Columns), new FloatView(dy, _tokens, linear.Tensor.Rows));
}
