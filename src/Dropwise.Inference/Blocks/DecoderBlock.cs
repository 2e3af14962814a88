using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// One decoder layer in float32 for texts that are seen whole, a window at a time, with a stop before each linear map: what quantization calibrates
/// with. The steps are called in the order in which they stand here; each runs on the caller's thread, and windows may run beside each other.
/// </summary>
public sealed unsafe class DecoderBlock
{
    private readonly ModelConfig _config;
    private readonly int _index;
    private readonly BlockParameters _parameters;

    /// <summary>Creates a layer.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="parameters">Its parameters, which may be replaced between steps.</param>
    /// <param name="rope">Rotary tables of the layer, filled up to the longest window.</param>
    internal DecoderBlock(ModelConfig config, int index, BlockParameters parameters, RopeTable rope)
    {
        _config = config;
        _index = index;
        _parameters = parameters;
        Rope = rope;
        Attention = new BlockAttention(config, index, parameters.QueryNorm, parameters.KeyNorm);
        Router = parameters.Router is null ? null : new BlockRouter(config.Layer(index).Experts!, parameters.Router);
        AttentionNorm = new BlockNorm(parameters.AttentionNorm, config.Norm);
        PostAttentionNorm = BlockNorm.OrNull(parameters.PostAttentionNorm, config.Norm);
        FeedForwardNorm = BlockNorm.OrNull(parameters.FeedForwardNorm, config.Norm);
        PostFeedForwardNorm = BlockNorm.OrNull(parameters.PostFeedForwardNorm, config.Norm);
        Networks = parameters.Networks;
        Linears = [.. QueryKeyValue, AttentionOutput, .. Networks.SelectMany(static network => network.Linears)];
        Norms = [.. ((NormWeights?[])[
            parameters.AttentionNorm, parameters.PostAttentionNorm, parameters.FeedForwardNorm, parameters.PostFeedForwardNorm, parameters.QueryNorm, parameters.KeyNorm,
        ]).OfType<NormWeights>()];
    }

    /// <summary>The maps that read <see cref="AttentionInput"/>.</summary>
    public ImmutableArray<BlockLinear> QueryKeyValue => _parameters.QueryKeyValue;

    /// <summary>The map that reads <see cref="Attend"/>'s result.</summary>
    public BlockLinear AttentionOutput => _parameters.AttentionOutput;

    /// <summary>The dense network alone, or the experts in order.</summary>
    public ImmutableArray<BlockNetwork> Networks { get; }

    /// <summary>All maps that are quantized: those of attention, then gate (where there is one), up and down of each network.</summary>
    public ImmutableArray<BlockLinear> Linears { get; }

    /// <summary>What scores the experts; null where the feed-forward network is dense.</summary>
    public BlockLinear? Scores => _parameters.Router;

    /// <summary>
    /// The parameters of the norms that are there: before and after attention, before and after the feed-forward network, of queries, of keys. They are
    /// what is multiplied and added: files of Gemma store factors less 1.
    /// </summary>
    public ImmutableArray<NormWeights> Norms { get; }

    /// <summary>Elements of the heads' outputs of a token.</summary>
    public int AttendedSize => _config.QueryRows;

    /// <summary>Elements of the residual stream.</summary>
    public int HiddenSize => _config.HiddenSize;

    /// <summary>Rotary tables.</summary>
    internal RopeTable Rope { get; }

    /// <summary>Attention between the projections.</summary>
    internal BlockAttention Attention { get; }

    /// <summary>What chooses experts, or null.</summary>
    internal BlockRouter? Router { get; }

    /// <summary>The norm before attention.</summary>
    internal BlockNorm AttentionNorm { get; }

    /// <summary>The norm after attention, or null.</summary>
    internal BlockNorm? PostAttentionNorm { get; }

    /// <summary>The norm before the feed-forward network; null where it shares that before attention.</summary>
    internal BlockNorm? FeedForwardNorm { get; }

    /// <summary>The norm after the feed-forward network, or null.</summary>
    internal BlockNorm? PostFeedForwardNorm { get; }

    /// <summary>Whether the feed-forward network reads the residual stream as attention found it.</summary>
    internal bool IsParallel => _config.Structure is LayerStructure.Parallel or LayerStructure.ParallelTwoNorms;

    /// <summary>A layer with the same weights, until its own are replaced.</summary>
    public DecoderBlock Share() => new(_config, _index, _parameters.Share(), Rope);

    /// <summary>What queries, keys and values are made from.</summary>
    /// <param name="residual">The residual stream [tokens, hidden].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="normed">Receives [tokens, hidden].</param>
    public void AttentionInput(float* residual, int tokens, float* normed) => AttentionNorm.Forward(residual, tokens, normed);

    /// <summary>What the heads leave for <see cref="AttentionOutput"/>.</summary>
    /// <param name="normed">The result of <see cref="AttentionInput"/>.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="attended">Receives [tokens, <see cref="AttendedSize"/>].</param>
    public void Attend(float* normed, int tokens, float* attended)
    {
        using NativeBuffer wide = Floats(tokens, Attention.Width);
        Project(normed, tokens, (float*)wide.Pointer);
        Attention.Forward(Rope, (float*)wide.Pointer, tokens, attended);
    }

    /// <summary>Queries, keys and values.</summary>
    /// <param name="normed">The result of <see cref="AttentionInput"/>.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="wide">Receives [tokens, <see cref="BlockAttention.Width"/>].</param>
    internal void Project(float* normed, int tokens, float* wide)
    {
        foreach (BlockLinear linear in QueryKeyValue)
        {
            linear.Forward(normed, tokens, wide, Attention.Width);
            wide += linear.Tensor.Rows;
        }
    }

    /// <summary>Ends attention and begins the feed-forward network: adds the one to the residual stream, and finds what the other reads.</summary>
    /// <param name="attended">The result of <see cref="Attend"/>.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="residual">The residual stream [tokens, hidden], changed.</param>
    /// <param name="normed">Receives the networks' input [tokens, hidden].</param>
    /// <returns>The tokens of each network.</returns>
    public ImmutableArray<NetworkTokens> FeedForwardInput(float* attended, int tokens, float* residual, float* normed)
    {
        // A parallel network reads the residual stream as attention found it; without a norm of its own, what attention read.
        if (IsParallel) (FeedForwardNorm ?? AttentionNorm).Forward(residual, tokens, normed);
        using NativeBuffer projection = Floats(tokens, HiddenSize);
        AttentionOutput.Forward(attended, tokens, (float*)projection.Pointer);
        AddProjection(PostAttentionNorm, (float*)projection.Pointer, tokens, residual);
        if (!IsParallel) FeedForwardNorm!.Forward(residual, tokens, normed);
        return Router is null ? [NetworkTokens.All] : Router.Route(normed, tokens);
    }

    /// <summary>Ends the layer: the networks' last maps, and their sum into the residual stream.</summary>
    /// <param name="inner">What each network's last map reads, [its tokens, its inner size].</param>
    /// <param name="routes">The tokens of each network.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="residual">The residual stream [tokens, hidden], changed.</param>
    public void AddFeedForward(ReadOnlySpan<float[]> inner, ImmutableArray<NetworkTokens> routes, int tokens, float* residual)
    {
        using NativeBuffer projection = Floats(tokens, HiddenSize), output = Floats(tokens, HiddenSize);
        float* sum = (float*)projection.Pointer, one = (float*)output.Pointer;
        for (int network = 0; network < inner.Length; network++)
        {
            NetworkTokens route = routes[network];
            fixed (float* x = inner[network])
            {
                Networks[network].Down.Forward(x, route.CountOf(tokens), route.AreAll ? sum : one);
            }

            for (int i = 0; !route.AreAll && i < route.Tokens.Length; i++)
                VectorOperations.AddScaled(one + ((nint)i * HiddenSize), route.Weights[i], sum + ((nint)route.Tokens[i] * HiddenSize), HiddenSize);
        }

        AddProjection(PostFeedForwardNorm, sum, tokens, residual);
    }

    /// <summary>The whole layer.</summary>
    /// <param name="residual">The residual stream of a window [tokens, hidden], changed.</param>
    public void Forward(float[] residual)
    {
        int tokens = residual.Length / HiddenSize;
        float[] normed = new float[residual.Length], attended = new float[tokens * AttendedSize];
        ImmutableArray<NetworkTokens> routes;
        fixed (float* stream = residual, input = normed, heads = attended)
        {
            AttentionInput(stream, tokens, input);
            Attend(input, tokens, heads);
            routes = FeedForwardInput(heads, tokens, stream, input);
            float[][] inner = [.. Networks.Select((network, index) => network.Inner(routes[index].Gather(normed, HiddenSize)))];
            AddFeedForward(inner, routes, tokens, stream);
        }
    }

    private void AddProjection(BlockNorm? norm, float* projection, int tokens, float* residual)
    {
        norm?.Forward(projection, tokens, projection);
        VectorOperations.Add(projection, residual, tokens * HiddenSize);
    }

    private static NativeBuffer Floats(int rows, int columns) => new((long)rows * columns * sizeof(float));
}
