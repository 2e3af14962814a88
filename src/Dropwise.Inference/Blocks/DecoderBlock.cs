using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// One decoder layer in float32 for texts that are seen whole, a window at a time, with a stop before each linear map: what quantization calibrates
/// with. The steps are called in the order in which they stand here, with addresses of the engine that computes; on the processor each runs on the caller's
/// thread, and windows may run beside each other.
/// </summary>
public sealed unsafe class DecoderBlock : IDisposable
{
    private readonly ModelConfig _config;
    private readonly int _index;
    private readonly BlockParameters _parameters;
    private readonly RopeTable _rope;

    /// <summary>Creates a layer.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="parameters">Its parameters, which may be replaced between steps.</param>
    /// <param name="rope">Rotary tables of the layer, filled up to the longest window.</param>
    /// <param name="engine">What computes.</param>
    internal DecoderBlock(ModelConfig config, int index, BlockParameters parameters, RopeTable rope, BlockEngine engine)
    {
        Engine = engine;
        _config = config;
        _index = index;
        _parameters = parameters;
        _rope = rope;
        Attention = new BlockAttention(config, index, rope, parameters.QueryNorm, parameters.KeyNorm);
        Router = parameters.Router is null ? null : new BlockRouter(engine, config.Layer(index).Experts!, parameters.Router);
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

    /// <summary>What computes.</summary>
    public BlockEngine Engine { get; }

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

    /// <summary>Elements that attention reads of a token.</summary>
    public int PastSize => Attention.Width;

    /// <summary>Elements of the residual stream.</summary>
    public int HiddenSize => _config.HiddenSize;

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
    /// <param name="engine">What it computes with; null for the engine of this one.</param>
    public DecoderBlock Share(BlockEngine? engine = null) => new(_config, _index, _parameters.Share(), _rope, engine ?? Engine);

    /// <summary>What queries, keys and values are made from.</summary>
    /// <param name="residual">The residual stream [tokens, hidden].</param>
    /// <param name="batch">Windows.</param>
    /// <param name="normed">Receives [tokens, hidden].</param>
    public void AttentionInput(float* residual, TokenBatch batch, float* normed) => Engine.Normalize(AttentionNorm, Rows(residual, batch), Rows(normed, batch));

    /// <summary>What the heads leave for <see cref="AttentionOutput"/>.</summary>
    /// <param name="normed">The result of <see cref="AttentionInput"/>.</param>
    /// <param name="batch">Windows.</param>
    /// <param name="attended">Receives [tokens, <see cref="AttendedSize"/>].</param>
    public void Attend(float* normed, TokenBatch batch, float* attended)
    {
        using FloatMemory wide = Engine.Allocate((long)batch.Count * Attention.Width);
        Project(normed, batch.Count, wide.Pointer);
        Engine.TurnHeads(Attention, wide.Pointer, batch);
        Engine.Attend(Attention, wide.Pointer, batch, attended);
    }

    private void AttendNext(float* normed, TokenBatch batch, FloatMemory past, float* attended)
    {
        using FloatMemory wide = Engine.Allocate((long)batch.Count * Attention.Width);
        Project(normed, batch.Count, wide.Pointer);
        Engine.TurnHeads(Attention, wide.Pointer, batch);
        int room = (int)(past.Length / ((long)batch.Windows * Attention.Width));
        Engine.Copy(
            wide.View(batch.Windows, Attention.Width),
            new FloatView(past.Pointer + ((nint)batch.First * Attention.Width), batch.Windows, Attention.Width, (nint)room * Attention.Width));
        Engine.AttendNext(Attention, past.Pointer, room, batch, attended);
    }

    /// <summary>Queries, keys and values.</summary>
    /// <param name="normed">The result of <see cref="AttentionInput"/>.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="wide">Receives [tokens, <see cref="BlockAttention.Width"/>].</param>
    internal void Project(float* normed, int tokens, float* wide)
    {
        foreach (BlockLinear linear in QueryKeyValue)
        {
            Engine.Multiply(linear, new FloatView(normed, tokens, HiddenSize), new FloatView(wide, tokens, linear.Tensor.Rows, Attention.Width));
            wide += linear.Tensor.Rows;
        }
    }

    /// <summary>Ends attention and begins the feed-forward network: adds the one to the residual stream, and finds what the other reads.</summary>
    /// <param name="attended">The result of <see cref="Attend"/>.</param>
    /// <param name="batch">Windows.</param>
    /// <param name="residual">The residual stream [tokens, hidden], changed.</param>
    /// <param name="normed">Receives the networks' input [tokens, hidden].</param>
    /// <returns>The tokens of each network.</returns>
    public ImmutableArray<NetworkTokens> FeedForwardInput(float* attended, TokenBatch batch, float* residual, float* normed)
    {
        // A parallel network reads the residual stream as attention found it; without a norm of its own, what attention read.
        if (IsParallel) Engine.Normalize(FeedForwardNorm ?? AttentionNorm, Rows(residual, batch), Rows(normed, batch));
        using FloatMemory projection = Engine.Allocate((long)batch.Count * HiddenSize);
        Engine.Multiply(AttentionOutput, new FloatView(attended, batch.Count, AttendedSize), Rows(projection.Pointer, batch));
        AddProjection(PostAttentionNorm, projection.Pointer, batch, residual);
        if (!IsParallel) Engine.Normalize(FeedForwardNorm!, Rows(residual, batch), Rows(normed, batch));
        return Router is null ? [NetworkTokens.All] : Router.Route(normed, batch.Count);
    }

    /// <summary>Ends the layer: the networks' last maps, and their sum into the residual stream.</summary>
    /// <param name="inner">What each network's last map reads, [its tokens, its inner size].</param>
    /// <param name="routes">The tokens of each network.</param>
    /// <param name="batch">Windows.</param>
    /// <param name="residual">The residual stream [tokens, hidden], changed.</param>
    public void AddFeedForward(ReadOnlySpan<FloatView> inner, ImmutableArray<NetworkTokens> routes, TokenBatch batch, float* residual)
    {
        using FloatMemory sum = Engine.Allocate((long)batch.Count * HiddenSize), outputs = Engine.Allocate(routes[0].AreAll ? 1 : (long)batch.Count * HiddenSize);
        if (!routes[0].AreAll) Engine.Clear(sum.Pointer, sum.Length);
        for (int network = 0; network < inner.Length; network++)
        {
            NetworkTokens route = routes[network];
            if (route.AreAll)
            {
                Engine.Multiply(Networks[network].Down, inner[network], Rows(sum.Pointer, batch));
                continue;
            }

            FloatView some = new(outputs.Pointer, inner[network].Rows, HiddenSize);
            Engine.Multiply(Networks[network].Down, inner[network], some);
            Engine.Scatter(route, some, Rows(sum.Pointer, batch), weighted: true);
        }

        AddProjection(PostFeedForwardNorm, sum.Pointer, batch, residual);
    }

    /// <summary>Refuses windows that are longer than what rotary tables were filled for.</summary>
    /// <param name="batch">Windows.</param>
    internal void RequirePositions(TokenBatch batch)
    {
        if (batch.First + batch.Tokens > _rope.Filled) throw new ArgumentException($"windows of {batch.First + batch.Tokens} tokens in a layer that was read for {_rope.Filled}", nameof(batch));
    }

    /// <summary>The whole layer.</summary>
    /// <param name="residual">The residual stream of windows [tokens, hidden], changed.</param>
    /// <param name="batch">Windows.</param>
    /// <param name="past">
    /// Null where windows begin with the batch. Otherwise windows have one token more, and this holds what attention reads of those before,
    /// [windows, positions that there is room for, <see cref="PastSize"/>]; that of the token is added.
    /// </param>
    public void Forward(float* residual, TokenBatch batch, FloatMemory? past = null)
    {
        if (past is null ? batch.First != 0 : batch.Tokens != 1) throw new ArgumentException($"{batch.Tokens} tokens from position {batch.First} on {(past is null ? "without" : "with")} a past", nameof(batch));
        RequirePositions(batch);
        using FloatMemory normed = Engine.Allocate((long)batch.Count * HiddenSize), attended = Engine.Allocate((long)batch.Count * AttendedSize);
        AttentionInput(residual, batch, normed.Pointer);
        if (past is null) Attend(normed.Pointer, batch, attended.Pointer);
        else AttendNext(normed.Pointer, batch, past, attended.Pointer);
        ImmutableArray<NetworkTokens> routes = FeedForwardInput(attended.Pointer, batch, residual, normed.Pointer);
        var inner = new FloatView[Networks.Length];
        var memories = new List<FloatMemory>();
        for (int i = 0; i < inner.Length; i++)
        {
            int count = routes[i].CountOf(batch.Count);
            FloatView input = Rows(normed.Pointer, batch);
            if (!routes[i].AreAll)
            {
                memories.Add(Engine.Allocate(Math.Max(1, (long)count * HiddenSize)));
                input = memories[^1].View(count, HiddenSize);
                Engine.Gather(routes[i], Rows(normed.Pointer, batch), input, weighted: false);
            }

            memories.Add(Engine.Allocate(Math.Max(1, (long)count * Networks[i].InnerSize)));
            inner[i] = memories[^1].View(count, Networks[i].InnerSize);
            Networks[i].Inner(Engine, input, inner[i]);
        }

        AddFeedForward(inner, routes, batch, residual);
        foreach (FloatMemory memory in memories) memory.Dispose();
    }

    /// <summary>The whole layer.</summary>
    /// <param name="residual">The residual stream of a window [tokens, hidden], on the host, changed.</param>
    public void Forward(float[] residual)
    {
        if (residual.Length % HiddenSize != 0) throw new ArgumentException($"{residual.Length} values are not whole tokens of {HiddenSize}", nameof(residual));
        using FloatMemory values = Engine.Allocate(residual.Length);
        Engine.Write(residual, values.Pointer);
        Forward(values.Pointer, new TokenBatch(1, residual.Length / HiddenSize));
        Engine.Read(values.Pointer, residual);
    }

    /// <summary>Frees what the engine holds of the weights.</summary>
    public void Dispose()
    {
        foreach (BlockLinear linear in Linears) linear.Dispose();
        Scores?.Dispose();
    }

    private void AddProjection(BlockNorm? norm, float* projection, TokenBatch batch, float* residual)
    {
        if (norm is not null) Engine.Normalize(norm, Rows(projection, batch), Rows(projection, batch));
        Engine.Add(projection, residual, (long)batch.Count * HiddenSize);
    }

    private FloatView Rows(float* values, TokenBatch batch) => new(values, batch.Count, HiddenSize);
}
