using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>
/// One sequence on one device: puts batches, heads and draws into the device's stream. One token is a captured graph a level; everything
/// that changes from token to token lies in device memory. For one thread at a time.
/// </summary>
internal sealed unsafe class DeviceSequence : IDisposable
{
    private readonly DeviceEngine _engine;
    private readonly DeviceModel _model;
    private readonly ModelConfig _config;
    private readonly SequenceBuffers _buffers;
    private readonly NcclGroup? _group;
    private readonly ShardPlan _plan;
    private readonly int _rank;
    private readonly int _context;
    private readonly float _scale;
    private readonly Dictionary<int, CudaGraphExec> _graphs = [];

    // What the device has in its state, so that a token that was drawn there and is decoded next costs no copy.
    private int _devicePosition = DecodeState.Unknown;
    private int _deviceToken = DecodeState.Unknown;
    private int _batch;
    private bool _hasDrawn;

    /// <summary>Allocates.</summary>
    /// <param name="model">The model on the device.</param>
    /// <param name="plan">Who holds what.</param>
    /// <param name="rank">The device's place in the plan.</param>
    /// <param name="group">What connects the devices; null for one.</param>
    /// <param name="context">Positions.</param>
    /// <param name="batch">The most tokens of a batch.</param>
    /// <param name="logitsBatch">The most tokens whose logits exist at once.</param>
    public DeviceSequence(DeviceModel model, ShardPlan plan, int rank, NcclGroup? group, int context, int batch, int logitsBatch)
    {
        _engine = model.Engine;
        _model = model;
        _config = model.Config;
        _plan = plan;
        _rank = rank;
        _group = group;
        _context = context;

        // Scores are exponents of two on the device, where e^x is 2^(x log2 e).
        _scale = (float)(Math.Log2(Math.E) * model.Config.AttentionScale);
        _buffers = DeviceRoom.Take(
            $"{_engine.Context.Device}",
            $"a sequence of {context} positions in batches of {batch} tokens",
            () => new SequenceBuffers(model, plan, rank, context, batch, logitsBatch));
        try
        {
            SetSampling(new SamplingOptions());
        }
        catch
        {
            _buffers.Dispose();
            throw;
        }
    }

    /// <summary>Where <see cref="ReadLogits"/> puts logits: float32 [tokens, vocabulary] in pinned memory.</summary>
    public Span<float> HostLogits => _buffers.HostLogits.As<float>();

    /// <summary>Sets how tokens are drawn from now on, and starts the generator anew.</summary>
    /// <param name="options">Validated options.</param>
    public void SetSampling(SamplingOptions options)
    {
        DecodeState state = DecodeState.Of(options);
        _engine.Stream.CopyToDevice(_buffers.State.Pointer, &state, sizeof(DecodeState));
        _devicePosition = _deviceToken = DecodeState.Unknown;
        _hasDrawn = false;
    }

    /// <summary>Puts a batch of tokens through the layers; of one token also its logits and the draw of the next.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="position">The position of the first.</param>
    /// <param name="level">The level.</param>
    public void Run(ReadOnlySpan<int> tokens, int position, int level)
    {
        _batch = tokens.Length;
        _hasDrawn = false;
        if (tokens.Length == 1)
        {
            Decode(tokens[0], position, level);
            return;
        }

        fixed (int* ids = tokens) _engine.Stream.CopyToDevice(_buffers.Tokens.Pointer, ids, (long)tokens.Length * sizeof(int));
        SetPosition(position, DecodeState.Unknown);
        Layers(_buffers.Tokens.Pointer, tokens.Length, level);
    }

    /// <summary>Computes the logits after the last token of the batch, unless its graph has done so.</summary>
    /// <param name="level">The level.</param>
    public void FinishLogits(int level)
    {
        if (_batch > 1) Head(_batch - 1, 1, level);
    }

    /// <summary>Computes the logits of tokens of the last batch.</summary>
    /// <param name="first">The first token, counted from the batch's start.</param>
    /// <param name="count">Tokens.</param>
    /// <param name="level">The level.</param>
    public void Head(int first, int count, int level)
    {
        NormArguments norm = Norm(_model.FinalNorm);
        norm.X += (nint)first * _config.HiddenSize * sizeof(float);
        _model.Head.Multiply(_engine, _buffers.Activations, norm, count, level, [_buffers.HeadOutput.Pointer]);
        if (!_plan.SplitsHead) return;
        nint rows = _plan.Head(_rank).Rows;
        for (int token = 0; token < count; token++)
        {
            _group!.AllGather(
                _rank, _engine.Stream, _buffers.HeadOutput.Pointer + (token * rows * sizeof(float)),
                _buffers.Logits.Pointer + ((nint)token * _config.VocabularySize * sizeof(float)), rows);
        }
    }

    /// <summary>Copies logits to the host and waits for them.</summary>
    /// <param name="count">Tokens.</param>
    public void ReadLogits(int count)
    {
        _engine.Stream.CopyToHost(_buffers.HostLogits.Pointer, _buffers.Logits.Pointer, (long)count * _config.VocabularySize * sizeof(float));
        _engine.Stream.Synchronize();
    }

    /// <summary>Puts a draw from the logits into the stream, unless the token's graph has drawn already.</summary>
    /// <param name="position">The position of the token that is drawn.</param>
    public void Draw(int position)
    {
        if (!_hasDrawn)
        {
            // Where the device stands after a token that failed half-way nobody knows, and what is added to that could lie outside of the caches.
            if (_devicePosition == DecodeState.Unknown) SetPosition(position, DecodeState.Unknown);
            Sample(position - _devicePosition);
            _devicePosition = position;
        }

        _hasDrawn = false;
    }

    /// <summary>Waits for a draw.</summary>
    /// <returns>The token, or a negative number where the logits are not finite.</returns>
    public int Drawn()
    {
        _engine.Stream.Synchronize();
        return _deviceToken = *(int*)_buffers.Drawn.Pointer;
    }

    /// <summary>Waits until the device has done everything.</summary>
    public void Synchronize() => _engine.Stream.Synchronize();

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Stream.Drain();
        foreach (CudaGraphExec graph in _graphs.Values) graph.Dispose();
        _buffers.Dispose();
    }

    private void Decode(int token, int position, int level)
    {
        if (_devicePosition != position || _deviceToken != token) SetPosition(position, token);

        // Until all work is in the stream nobody knows how far the device will get: a token that fails half-way must be told its position again.
        _devicePosition = _deviceToken = DecodeState.Unknown;
        if (_graphs.TryGetValue(level, out CudaGraphExec? graph)) graph.Launch(_engine.Stream);
        else
        {
            // The first token of a level goes kernel by kernel, which loads every module: nothing can be loaded while a stream captures.
            Token(level);
            using CudaGraph captured = _engine.Stream.Capture(() => Token(level));
            _graphs.Add(level, captured.Instantiate());
        }

        _devicePosition = position + 1;
        _hasDrawn = true;
    }

    /// <summary>All work of one token, whose number and position the device knows.</summary>
    private void Token(int level)
    {
        const int tokenOffset = sizeof(int);
        Layers(_buffers.State.Pointer + tokenOffset, 1, level);
        Head(0, 1, level);
        Sample(advance: 1);
    }

    private void Layers(nint tokenIds, int tokens, int level)
    {
        _model.Embed(tokenIds, tokens, level, _buffers.Residual.Pointer);
        for (int layer = 0; layer < _model.Layers.Length; layer++)
        {
            Attention(layer, tokens, level);
            FeedForward(_model.Layers[layer], tokens, level);
        }
    }

    private void Attention(int index, int tokens, int level)
    {
        DeviceLayer layer = _model.Layers[index];
        layer.Attention.Multiply(
            _engine, _buffers.Activations, Norm(layer.AttentionNorm), tokens, level,
            [_buffers.Queries.Pointer, _buffers.Keys.Pointer, _buffers.Values.Pointer]);
        if (tokens == 1) AttendOne(index);
        else
        {
            StoreKeys(index, tokens);
            if (tokens <= DeviceActivations.MaxSplitTokens) AttendFew(index, tokens);
            else AttendMany(index, tokens);
        }

        if (tokens <= DeviceActivations.MaxSplitTokens) AddToResidual(layer.AttentionOutput, Splits(), tokens, level);
        else AddToResidual(layer.AttentionOutput, new ValueArguments { Values = _buffers.Attended.Pointer }, tokens, level);
    }

    /// <summary>Attends with one token, whose key and value the kernel itself turns and stores: a launch less in every layer.</summary>
    private void AttendOne(int layer) => _engine.Model.AttendSplit(
        _engine.Stream,
        Few(layer) with { Keys = _buffers.Keys.Pointer, Values = _buffers.Values.Pointer, Cosines = _buffers.Cosines.Pointer, Sines = _buffers.Sines.Pointer },
        1,
        _buffers.Splits);

    private void AttendFew(int layer, int tokens) => _engine.Model.AttendSplit(_engine.Stream, Few(layer), tokens, _buffers.Splits);

    private void AttendMany(int layer, int tokens) => _engine.Model.Attend(
        _engine.Stream,
        new PrefillAttentionArguments
        {
            Queries = _buffers.Queries.Pointer,
            KeyCache = _buffers.KeyCaches[layer].Pointer,
            ValueCache = _buffers.ValueCaches[layer].Pointer,
            Output = _buffers.Attended.Pointer,
            Position = _buffers.State.Pointer,
            Tokens = tokens,
            Heads = _plan.Heads(_rank),
            KeyValueHeads = _plan.KeyValueHeads(_rank),
            Context = _context,
            Scale = _scale,
        });

    private void StoreKeys(int layer, int tokens) => _engine.Model.StoreKeys(
        _engine.Stream,
        new RopeArguments
        {
            Queries = _buffers.Queries.Pointer,
            Keys = _buffers.Keys.Pointer,
            Values = _buffers.Values.Pointer,
            KeyCache = _buffers.KeyCaches[layer].Pointer,
            ValueCache = _buffers.ValueCaches[layer].Pointer,
            Cosines = _buffers.Cosines.Pointer,
            Sines = _buffers.Sines.Pointer,
            Position = _buffers.State.Pointer,
            Heads = _plan.Heads(_rank),
            KeyValueHeads = _plan.KeyValueHeads(_rank),
            Context = _context,
        },
        tokens);

    private DecodeAttentionArguments Few(int layer) => new()
    {
        Queries = _buffers.Queries.Pointer,
        KeyCache = _buffers.KeyCaches[layer].Pointer,
        ValueCache = _buffers.ValueCaches[layer].Pointer,
        Partial = _buffers.Partial.Pointer,
        Statistics = _buffers.Statistics.Pointer,
        Position = _buffers.State.Pointer,
        Heads = _plan.Heads(_rank),
        KeyValueHeads = _plan.KeyValueHeads(_rank),
        Context = _context,
        Scale = _scale,
    };

    private CombineArguments Splits() => new()
    {
        Partial = _buffers.Partial.Pointer,
        Statistics = _buffers.Statistics.Pointer,
        Position = _buffers.State.Pointer,
        Heads = _plan.Heads(_rank),
        Splits = _buffers.Splits,
    };

    private void FeedForward(DeviceLayer layer, int tokens, int level)
    {
        layer.FeedForward.Multiply(
            _engine, _buffers.Activations, Norm(layer.FeedForwardNorm), tokens, level, [_buffers.Gate.Pointer, _buffers.Up.Pointer]);
        AddToResidual(layer.Down, new GateArguments { Gate = _buffers.Gate.Pointer, Up = _buffers.Up.Pointer }, tokens, level);
    }

    private void AddToResidual<T>(ProductSite site, in T input, int tokens, int level)
        where T : unmanaged, IFormArguments
    {
        // The first device adds its part to the residual stream and the others write only theirs: the sum over the devices is the new stream.
        site.Multiply(_engine, _buffers.Activations, input, tokens, level, [_buffers.Residual.Pointer], add: _rank == 0);
        _group?.AllReduce(_rank, _engine.Stream, _buffers.Residual.Pointer, (long)tokens * _config.HiddenSize);
    }

    private NormArguments Norm(DeviceBuffer weight) =>
        new() { X = _buffers.Residual.Pointer, Weight = weight.Pointer, Epsilon = (float)_config.Norm.Epsilon };

    private void Sample(int advance) => _engine.Model.Sample(
        _engine.Stream,
        new SampleArguments
        {
            Logits = _buffers.Logits.Pointer,
            State = _buffers.State.Pointer,
            Drawn = (nint)_buffers.Drawn.Pointer,
            Vocabulary = _config.VocabularySize,
            Advance = advance,
        });

    private void SetPosition(int position, int token)
    {
        int* start = stackalloc int[] { position, token };
        _engine.Stream.CopyToDevice(_buffers.State.Pointer, start, 2 * sizeof(int));
        _devicePosition = position;
        _deviceToken = token;
    }
}
