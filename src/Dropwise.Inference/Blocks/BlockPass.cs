using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// Windows' way through a layer and back: forward keeps what backward needs, some twenty vectors a token. Gradients of norms are complete afterwards,
/// those of linear maps are still apart (<see cref="LinearUse"/>). A pass may be used for one batch after another; it computes with the layer's engine, on
/// the caller's thread where that is the processor.
/// </summary>
public sealed unsafe partial class BlockPass : IDisposable
{
    private readonly DecoderBlock _block;
    private readonly BlockEngine _engine;
    private readonly EngineBuffer _input;
    private readonly EngineBuffer _attentionInput;
    private readonly EngineBuffer _projected;
    private readonly EngineBuffer _wide;
    private readonly EngineBuffer _attended;
    private readonly EngineBuffer _attentionProjection;
    private readonly EngineBuffer _middle;
    private readonly EngineBuffer _networkInput;
    private readonly EngineBuffer _networkSum;
    private readonly EngineBuffer _output;
    private readonly EngineBuffer _normed;
    private readonly List<EngineBuffer> _buffers = [];
    private readonly BlockPass? _memory;
    private readonly ImmutableArray<NetworkPass> _networks;
    private TokenBatch _batch;

    /// <summary>Prepares passes through a layer.</summary>
    /// <param name="block">The layer, whose parameters may change between a batch's return and the next one.</param>
    /// <param name="memory">
    /// A pass through another layer of the same model that this one takes turns with in the same memory, which stays that one's; null for memory of its own.
    /// </param>
    public BlockPass(DecoderBlock block, BlockPass? memory = null)
    {
        _memory = memory;
        _block = block;
        _engine = block.Engine;
        (_input, _attentionInput, _projected, _wide, _attended, _attentionProjection) = (Buffer(), Buffer(), Buffer(), Buffer(), Buffer(), Buffer());
        (_middle, _networkInput, _networkSum, _output, _normed) = (Buffer(), Buffer(), Buffer(), Buffer(), Buffer());
        (_gradient, _projectionGradient, _attendedGradient, _wideGradient) = (Buffer(), Buffer(), Buffer(), Buffer());
        (_normedGradient, _networkGradient, _expertGradient, _scoreGradient) = (Buffer(), Buffer(), Buffer(), Buffer());
        _networks = [.. block.Networks.Select((network, i) => new NetworkPass(network, _engine, memory is null || i >= memory._networks.Length ? null : memory._networks[i]))];
        _attentionUses = [.. Enumerable.Range(0, block.QueryKeyValue.Length + 1).Select(_ => new LinearUse(_engine))];
        Linears = [.. _attentionUses, .. _networks.SelectMany(static network => network.Uses)];
        Scores = block.Router is null ? null : new LinearUse(_engine);
        _attentionNorm = block.AttentionNorm.NewGradient();
        _postAttentionNorm = block.PostAttentionNorm?.NewGradient();
        _feedForwardNorm = block.FeedForwardNorm?.NewGradient();
        _postFeedForwardNorm = block.PostFeedForwardNorm?.NewGradient();
        (_queryNorm, _keyNorm) = (block.Attention.QueryNorm?.NewGradient(), block.Attention.KeyNorm?.NewGradient());
        Norms = [.. ((NormWeights?[])[_attentionNorm, _postAttentionNorm, _feedForwardNorm, _postFeedForwardNorm, _queryNorm, _keyNorm]).OfType<NormWeights>()];
    }

    /// <summary>The layer's output [tokens, hidden], where the engine computes.</summary>
    public FloatView OutputRows => Rows(_output.Pointer);

    /// <summary>The layer's output [tokens, hidden]; of an engine whose memory is the host's.</summary>
    public ReadOnlySpan<float> Output => _output.Values;

    /// <summary>Copies the layer's output to the host.</summary>
    /// <param name="values">Receives [tokens, hidden].</param>
    public void ReadOutput(Span<float> values) => _engine.Read(_output.Pointer, values);

    /// <summary>The tokens of each network.</summary>
    internal ImmutableArray<NetworkTokens> Routes { get; private set; }

    private int Hidden => _block.HiddenSize;

    private int Tokens => _batch.Count;

    private long Count => (long)Tokens * Hidden;

    /// <summary>Runs the layer.</summary>
    /// <param name="residual">The residual stream of a window [tokens, hidden], on the host.</param>
    public void Forward(ReadOnlySpan<float> residual)
    {
        if (residual.Length % Hidden != 0) throw new ArgumentException($"{residual.Length} values are not whole tokens of {Hidden}", nameof(residual));
        Begin(new TokenBatch(1, residual.Length / Hidden));
        _engine.Write(residual, _input.Resize(residual.Length));
        Forward();
    }

    /// <summary>Runs the layer.</summary>
    /// <param name="residual">The residual streams of windows [tokens, hidden], where the engine computes; copied.</param>
    /// <param name="batch">Windows.</param>
    public void Forward(float* residual, TokenBatch batch)
    {
        Begin(batch);
        _input.Copy(residual, Count);
        Forward();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (EngineBuffer buffer in _buffers)
        {
            if (_memory is null) buffer.Dispose();
        }

        foreach (NetworkPass network in _networks) network.Dispose();
    }

    private void Begin(TokenBatch batch)
    {
        _block.RequirePositions(batch);
        _batch = batch;
    }

    private void Forward()
    {
        float* input = _input.Pointer, middle = _middle.Copy(input, Count);
        _engine.Normalize(_block.AttentionNorm, Rows(input), Rows(_attentionInput.Resize(Count)));
        Attend();
        AddProjection(_block.PostAttentionNorm, _attentionProjection, middle);

        FloatView networkInput = Rows(_networkInput.Resize(Count)), sum = Rows(_networkSum.Clear(Count));
        _engine.Normalize(_block.FeedForwardNorm ?? _block.AttentionNorm, Rows(_block.IsParallel ? input : middle), networkInput);
        Routes = _block.Router is null ? [NetworkTokens.All] : _block.Router.Route(networkInput.Data, Tokens);
        for (int network = 0; network < _networks.Length; network++) AddNetwork(_networks[network], Routes[network], networkInput, sum);
        AddProjection(_block.PostFeedForwardNorm, _networkSum, _output.Copy(middle, Count));
    }

    private void Attend()
    {
        float* wide = _wide.Resize((long)Tokens * _block.Attention.Width), attended = _attended.Resize((long)Tokens * _block.AttendedSize);
        _block.Project(_attentionInput.Pointer, Tokens, wide);
        if (_block.Attention.HasHeadNorms) _projected.Copy(wide, _wide.Length);
        _engine.TurnHeads(_block.Attention, wide, _batch);
        _engine.Attend(_block.Attention, wide, _batch, attended);
        _engine.Multiply(_block.AttentionOutput, _attended.Rows(Tokens), Rows(_attentionProjection.Resize(Count)));
    }

    private void AddNetwork(NetworkPass network, NetworkTokens route, FloatView networkInput, FloatView sum)
    {
        _engine.Gather(route, networkInput, network.Inputs(route.CountOf(Tokens)), weighted: false);
        network.Forward();
        _engine.Scatter(route, network.Outputs, sum, weighted: true);
    }

    // The projection stays as it is: its norm's gradient needs it.
    private void AddProjection(BlockNorm? norm, EngineBuffer projection, float* residual)
    {
        float* added = projection.Pointer;
        if (norm is not null) _engine.Normalize(norm, Rows(projection.Pointer), Rows(added = _normed.Resize(Count)));
        _engine.Add(added, residual, Count);
    }

    private FloatView Rows(float* values) => new(values, Tokens, Hidden);

    private EngineBuffer Buffer()
    {
        _buffers.Add(_memory is null ? new EngineBuffer(_engine) : _memory._buffers[_buffers.Count]);
        return _buffers[^1];
    }
}
