using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>A feed-forward network or one expert: down · (f(gate · x) ⊙ (up · x)), or down · f(up · x) where nothing gates.</summary>
internal sealed unsafe class FeedForwardNetwork : IFeedForward
{
    private readonly LinearPart? _gate;
    private readonly LinearPart _up;
    private readonly LinearPart _down;
    private readonly ActivationFunction _function;
    private readonly MatrixProduct[] _products;

    /// <summary>Creates a network.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">Its weights.</param>
    public FeedForwardNetwork(ModelConfig config, FeedForwardWeights weights)
    {
        _gate = weights.Gate is null ? null : new LinearPart(weights.Gate);
        _up = new LinearPart(weights.Up);
        _down = new LinearPart(weights.Down);
        _function = config.Activation;
        _products = new MatrixProduct[InputProducts];
    }

    /// <summary>Products that read the network's input.</summary>
    public int InputProducts => _gate is null ? 1 : 2;

    /// <summary>Elements of a token that those products write.</summary>
    public int InputRows => InputProducts * _up.Rows;

    /// <inheritdoc/>
    public void Forward(Workspace workspace) => Forward(workspace, workspace.Normed, workspace.Projection);

    /// <summary>Runs tokens through the network.</summary>
    /// <param name="workspace">The batch's buffers.</param>
    /// <param name="x">The tokens.</param>
    /// <param name="output">Receives [tokens, hidden].</param>
    public void Forward(Workspace workspace, Activations x, float* output)
    {
        AddProducts(workspace, workspace.Wide, x.Tokens, _products);
        MatrixMultiply.Run(workspace.Team, x, _products, workspace.Precision);
        Finish(workspace, workspace.Wide, x.Tokens, output);
    }

    /// <summary>Describes the products that read the input, so that networks that read the same one can run together.</summary>
    /// <param name="workspace">The batch's buffers.</param>
    /// <param name="wide">Where they write, [tokens · <see cref="InputRows"/>].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="products">Receives <see cref="InputProducts"/>.</param>
    public void AddProducts(Workspace workspace, float* wide, int tokens, Span<MatrixProduct> products)
    {
        if (_gate is not null) products[1] = _gate.Product(workspace, wide + ((nint)tokens * _up.Rows));
        products[0] = _up.Product(workspace, wide);
    }

    /// <summary>Everything after those products.</summary>
    /// <param name="workspace">The batch's buffers; <see cref="Workspace.Inner"/> is overwritten.</param>
    /// <param name="wide">What they wrote.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="output">Receives [tokens, hidden].</param>
    public void Finish(Workspace workspace, float* wide, int tokens, float* output)
    {
        float* gates = _gate is null ? null : wide + ((nint)tokens * _up.Rows);
        _up.AddBias(workspace.Team, wide, _up.Rows, tokens);
        _gate?.AddBias(workspace.Team, gates, _up.Rows, tokens);
        Activations inner = workspace.Inner;
        TokenRegion.Run(workspace.Team, tokens, _up.Rows, new Activate(_function, gates, wide, inner.Values, inner.Stride, _up.Rows));
        inner.Changed(tokens, _down.Columns);
        _down.Forward(workspace, inner, output);
    }

    private readonly struct Activate(ActivationFunction function, float* gates, float* ups, float* y, int stride, int size) : ITokenOperation
    {
        public void Apply(int token)
        {
            nint row = (nint)token * size;
            if (gates is null) ActivationOperations.Apply(function, ups + row, y + ((nint)token * stride), size);
            else ActivationOperations.ApplyGate(function, gates + row, ups + row, y + ((nint)token * stride), size);
        }
    }
}
