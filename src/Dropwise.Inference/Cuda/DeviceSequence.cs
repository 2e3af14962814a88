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
    private readonly SequenceScope _scope;
    private readonly AttentionLaunches _attention;
    private readonly FeedForwardLaunches _feedForward;
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
        _buffers = DeviceRoom.Take(
            $"{_engine.Context.Device}",
            $"a sequence of {context} positions in batches of {batch} tokens",
            () => new SequenceBuffers(model, plan, rank, context, batch, logitsBatch));
        _scope = new SequenceScope { Model = model, Buffers = _buffers, Plan = plan, Rank = rank, Group = group, Context = context };
        _attention = new AttentionLaunches(_scope);
        _feedForward = new FeedForwardLaunches(_scope);
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
        _scope.MultiplyNormed(_model.Head, _model.FinalNorm, first, count, level, _buffers.HeadOutput.Pointer);
        nint rows = _scope.Plan.Head(_scope.Rank).Rows;
        if (_config.FinalLogitCap is { } cap) _engine.Model.Cap(_engine.Stream, _buffers.HeadOutput.Pointer, count * rows, (float)cap);
        if (!_scope.Plan.SplitsHead) return;
        for (int token = 0; token < count; token++)
        {
            _scope.Group!.AllGather(
                _scope.Rank, _engine.Stream, _buffers.HeadOutput.Pointer + (token * rows * sizeof(float)),
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
        for (int index = 0; index < _model.Layers.Length; index++)
        {
            DeviceLayer layer = _model.Layers[index];
            _attention.Run(index, tokens, level);

            // A parallel network reads the residual stream as attention found it.
            if (!_scope.IsParallel) _scope.Join(layer.AttentionJoin, tokens);
            _feedForward.Run(layer, tokens, level);
            _scope.Join(layer.FeedForwardJoin, tokens);
        }
    }

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
