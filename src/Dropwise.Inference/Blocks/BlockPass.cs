using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// A window's way through a layer and back, on the caller's thread: forward keeps what backward needs, some twenty vectors a token. Gradients of
/// norms are complete afterwards, those of linear maps are still apart (<see cref="LinearUse"/>). A pass may be used for one window after another.
/// </summary>
public sealed unsafe partial class BlockPass
{
    private readonly DecoderBlock _block;
    private readonly FloatBuffer _input = new();
    private readonly FloatBuffer _attentionInput = new();
    private readonly FloatBuffer _projected = new();
    private readonly FloatBuffer _wide = new();
    private readonly FloatBuffer _attended = new();
    private readonly FloatBuffer _attentionProjection = new();
    private readonly FloatBuffer _middle = new();
    private readonly FloatBuffer _networkInput = new();
    private readonly FloatBuffer _networkSum = new();
    private readonly FloatBuffer _output = new();
    private readonly ImmutableArray<NetworkPass> _networks;
    private int _tokens;

    /// <summary>Prepares passes through a layer.</summary>
    /// <param name="block">The layer, whose parameters may change between a window's return and the next window.</param>
    public BlockPass(DecoderBlock block)
    {
        _block = block;
        _networks = [.. block.Networks.Select(static network => new NetworkPass(network))];
        _attentionUses = [.. Enumerable.Range(0, block.QueryKeyValue.Length + 1).Select(static _ => new LinearUse())];
        Linears = [.. _attentionUses, .. _networks.SelectMany(static network => network.Uses)];
        Scores = block.Router is null ? null : new LinearUse();
        _attentionNorm = block.AttentionNorm.NewGradient();
        _postAttentionNorm = block.PostAttentionNorm?.NewGradient();
        _feedForwardNorm = block.FeedForwardNorm?.NewGradient();
        _postFeedForwardNorm = block.PostFeedForwardNorm?.NewGradient();
        (_queryNorm, _keyNorm) = block.Attention.NewGradients();
        Norms = [.. ((NormWeights?[])[_attentionNorm, _postAttentionNorm, _feedForwardNorm, _postFeedForwardNorm, _queryNorm, _keyNorm]).OfType<NormWeights>()];
    }

    /// <summary>The layer's output for the window [tokens, hidden].</summary>
    public ReadOnlySpan<float> Output => _output.Values;

    /// <summary>The tokens of each network.</summary>
    internal ImmutableArray<NetworkTokens> Routes { get; private set; }

    private int Hidden => _block.HiddenSize;

    /// <summary>Runs the layer.</summary>
    /// <param name="residual">The residual stream of a window [tokens, hidden].</param>
    public void Forward(ReadOnlySpan<float> residual)
    {
        _tokens = residual.Length / Hidden;
        float* input = _input.Copy(residual), middle = _middle.Copy(residual), normed = _attentionInput.Resize(residual.Length);
        _block.AttentionInput(input, _tokens, normed);
        Attend(normed);
        AddProjection(_block.PostAttentionNorm, _attentionProjection, middle);

        float* read = _block.IsParallel ? input : middle, networkInput = _networkInput.Resize(residual.Length);
        (_block.FeedForwardNorm ?? _block.AttentionNorm).Forward(read, _tokens, networkInput);
        Routes = _block.Router is null ? [NetworkTokens.All] : _block.Router.Route(networkInput, _tokens);
        float* sum = _networkSum.Clear(residual.Length);
        for (int network = 0; network < _networks.Length; network++) AddNetwork(_networks[network], Routes[network], networkInput, sum);
        AddProjection(_block.PostFeedForwardNorm, _networkSum, _output.Copy(_middle.Values));
    }

    private void Attend(float* normed)
    {
        float* wide = _wide.Resize(_tokens * _block.Attention.Width), attended = _attended.Resize(_tokens * _block.AttendedSize);
        _block.Project(normed, _tokens, wide);
        if (_block.Attention.HasHeadNorms) _projected.Copy(_wide.Values);
        _block.Attention.Forward(_block.Rope, wide, _tokens, attended);
        _block.AttentionOutput.Forward(attended, _tokens, _attentionProjection.Resize(_tokens * Hidden));
    }

    private void AddNetwork(NetworkPass network, NetworkTokens route, float* networkInput, float* sum)
    {
        int count = route.CountOf(_tokens);
        float* inputs = network.Inputs(count);
        for (int i = 0; i < count; i++) Row(networkInput, route.TokenOf(i)).CopyTo(new Span<float>(inputs + ((nint)i * Hidden), Hidden));
        network.Forward();
        for (int i = 0; i < count; i++)
            VectorOperations.AddScaled(network.Output(i), route.WeightOf(i), sum + ((nint)route.TokenOf(i) * Hidden), Hidden);
    }

    // The projection stays as it is: its norm's gradient needs it.
    private static void AddProjection(BlockNorm? norm, FloatBuffer projection, float* residual)
    {
        if (norm is null)
        {
            VectorOperations.Add(projection.Pointer, residual, projection.Length);
            return;
        }

        using var normed = new NativeBuffer((long)projection.Length * sizeof(float));
        norm.Forward(projection.Pointer, projection.Length / norm.Weights.Weight.Length, (float*)normed.Pointer);
        VectorOperations.Add((float*)normed.Pointer, residual, projection.Length);
    }

    private ReadOnlySpan<float> Row(float* rows, int token) => new(rows + ((nint)token * Hidden), Hidden);
}
