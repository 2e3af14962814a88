using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// A mixture of experts: each token goes through the few networks that a router scores highest, and their results are added up with the
/// softmax of the scores as weights. Experts that no token chose are not read.
/// </summary>
internal sealed unsafe class ExpertMixture : IFeedForward
{
    private readonly ExpertConfig _config;
    private readonly LinearPart _router;
    private readonly ImmutableArray<FeedForwardNetwork> _experts;
    private readonly MatrixProduct[] _products;
    private readonly int _hidden;

    /// <summary>Creates a layer's mixture.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="experts">The mixture's.</param>
    /// <param name="weights">The layer's weights.</param>
    public ExpertMixture(ModelConfig config, ExpertConfig experts, LayerWeights weights)
    {
        _config = experts;
        _hidden = config.HiddenSize;
        _router = new LinearPart(new Linear(weights.Router!));
        _experts = [.. weights.FeedForward.Select(expert => new FeedForwardNetwork(config, expert))];
        _products = new MatrixProduct[experts.Used * _experts[0].InputProducts];
    }

    /// <inheritdoc/>
    public void Forward(Workspace workspace)
    {
        ExpertBuffers buffers = workspace.Experts!;
        _router.Forward(workspace, workspace.Normed, buffers.Scores);
        buffers.Choose(_config, workspace.Tokens);
        new Span<float>(workspace.Projection, workspace.Tokens * _hidden).Clear();
        if (workspace.Tokens == 1) ForwardTogether(workspace, buffers);
        else ForwardByExpert(workspace, buffers);
    }

    /// <summary>The experts of one token read one input, so that their first products run together.</summary>
    private void ForwardTogether(Workspace workspace, ExpertBuffers buffers)
    {
        FeedForwardNetwork Expert(int place) => _experts[buffers.ExpertOf(place)];
        int width = _experts[0].InputRows, products = _experts[0].InputProducts;
        for (int i = 0; i < _config.Used; i++)
            Expert(i).AddProducts(workspace, workspace.Wide + ((nint)i * width), 1, _products.AsSpan(i * products, products));
        MatrixMultiply.Run(workspace.Team, workspace.Normed, _products, workspace.Precision);
        for (int i = 0; i < _config.Used; i++)
        {
            Expert(i).Finish(workspace, workspace.Wide + ((nint)i * width), 1, buffers.Outputs);
            VectorOperations.AddScaled(buffers.Outputs, buffers.WeightOf(i), workspace.Projection, _hidden);
        }
    }

    /// <summary>Each expert takes all tokens that chose it at once.</summary>
    private void ForwardByExpert(Workspace workspace, ExpertBuffers buffers)
    {
        for (int expert = 0; expert < _experts.Length; expert++)
        {
            ReadOnlyMemory<int> places = buffers.PlacesOf(expert);
            if (places.IsEmpty) continue;
            Activations gathered = buffers.Gathered;
            TokenRegion.Run(workspace.Team, places.Length, _hidden, new Gather(places, _config.Used, workspace.Normed, gathered, _hidden));
            gathered.Changed(places.Length, _hidden);
            _experts[expert].Forward(workspace, gathered, buffers.Outputs);
            TokenRegion.Run(workspace.Team, places.Length, _hidden, new Scatter(places, _config.Used, buffers, workspace.Projection, _hidden));
        }
    }

    /// <summary>Copies a chosen token's input to where its expert reads it.</summary>
    private readonly struct Gather(ReadOnlyMemory<int> places, int used, Activations x, Activations y, int size) : ITokenOperation
    {
        public void Apply(int index) =>
            new ReadOnlySpan<float>(x.Values + ((nint)(places.Span[index] / used) * x.Stride), size).CopyTo(new Span<float>(y.Values + ((nint)index * y.Stride), size));
    }

    /// <summary>Adds an expert's output to the token that it belongs to.</summary>
    private readonly struct Scatter(ReadOnlyMemory<int> places, int used, ExpertBuffers buffers, float* y, int size) : ITokenOperation
    {
        public void Apply(int index)
        {
            int place = places.Span[index];
            VectorOperations.AddScaled(buffers.Outputs + ((nint)index * size), buffers.WeightOf(place), y + ((nint)(place / used) * size), size);
        }
    }
}
