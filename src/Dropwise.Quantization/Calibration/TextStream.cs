using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// Calibration text on its way through the layers of a model, at one level: each layer is quantized at the level before the text goes on, so that the
/// next one is calibrated with the input that it will have. Groups of windows are computed at once; on the processor a group is one window, and groups are
/// computed beside each other.
/// </summary>
internal sealed unsafe class TextStream : IDisposable
{
    private readonly BlockEngine _engine;
    private readonly QuantizationRun _run;
    private readonly ImmutableArray<(TokenBatch Batch, FloatMemory Residual)> _groups;
    private readonly List<IDisposable> _kept = [];
    private DecoderBlock? _block;
    private ImmutableArray<NetworkTokens>[] _routes = [];
    private TokenValues[][] _inner = [];

    /// <summary>Begins with embedded text.</summary>
    /// <param name="served">The levels that layers are read at; null for the unquantized model.</param>
    /// <param name="groups">Windows, and their residual streams [tokens, hidden], which belong to the stream from here on.</param>
    /// <param name="engine">What computes.</param>
    /// <param name="run">Workers and cancellation.</param>
    public TextStream(ServedLevels? served, ImmutableArray<(TokenBatch Batch, FloatMemory Residual)> groups, BlockEngine engine, QuantizationRun run)
    {
        Served = served;
        _groups = groups;
        _engine = engine;
        _run = run;
    }

    /// <summary>The levels that layers are read at, or null for the unquantized model.</summary>
    public ServedLevels? Served { get; }

    /// <summary>What the maps that are quantized next read: a group each.</summary>
    public TokenValues[] Input { get; private set; } = [];

    /// <summary>The layer that the text is in.</summary>
    public DecoderBlock Block => _block ?? throw new InvalidOperationException("the text has not entered a layer");

    /// <summary>The residual stream of each window [tokens, hidden], on the host.</summary>
    public float[][] ReadResidual()
    {
        var windows = new List<float[]>();
        foreach ((TokenBatch batch, FloatMemory residual) in _groups)
        {
            int length = (int)(residual.Length / batch.Windows);
            for (int window = 0; window < batch.Windows; window++)
            {
                windows.Add(new float[length]);
                _engine.Read(residual.Pointer + ((nint)window * length), windows[^1]);
            }
        }

        return [.. windows];
    }

    /// <summary>Enters a layer; <see cref="Input"/> is what queries, keys and values are made from.</summary>
    /// <param name="block">The layer, the stream's own until the next one.</param>
    public void Enter(DecoderBlock block)
    {
        _block?.Dispose();
        _block = block;
        _routes = new ImmutableArray<NetworkTokens>[_groups.Length];
        Input = Map(block.HiddenSize, (group, batch, residual, normed) => block.AttentionInput(residual, batch, normed));
    }

    /// <summary>Attends; <see cref="Input"/> is what the output projection reads.</summary>
    public void Attend() => Replace(Map(Block.AttendedSize, (group, batch, _, attended) => Block.Attend(Input[group].Rows.Data, batch, attended)));

    /// <summary>Goes on to the feed-forward networks; <see cref="Input"/> is what they read.</summary>
    public void EnterNetworks()
    {
        Replace(Map(Block.HiddenSize, (group, batch, residual, normed) => _routes[group] = Block.FeedForwardInput(Input[group].Rows.Data, batch, residual, normed)));
        _inner = new TokenValues[Block.Networks.Length][];
    }

    /// <summary>The input of one network, at the tokens that another stream routes to it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="routed">The stream that says which tokens; perhaps this one.</param>
    public TokenValues[] InputOf(int network, TextStream routed)
    {
        if (Block.Networks.Length == 1 && routed._routes[0][0].AreAll) return Input;
        return ForGroups(group =>
        {
            NetworkTokens route = routed._routes[group][network];
            TokenBatch batch = _groups[group].Batch;
            var ends = new int[batch.Windows];
            foreach (int token in route.Tokens) ends[token / batch.Tokens]++;
            for (int window = 1; window < ends.Length; window++) ends[window] += ends[window - 1];
            TokenValues rows = NewValues(Block.HiddenSize, ends);
            _engine.Gather(route, Input[group].Rows, rows.Rows, weighted: false);
            return rows;
        });
    }

    /// <summary>What a network's last map reads.</summary>
    /// <param name="network">The network.</param>
    /// <param name="input">The network's input, as <see cref="InputOf"/> gives it.</param>
    public TokenValues[] InnerOf(int network, TokenValues[] input) => ForGroups(group =>
    {
        TokenValues inner = NewValues(Block.Networks[network].InnerSize, input[group].Ends);
        Block.Networks[network].Inner(_engine, input[group].Rows, inner.Rows);
        return inner;
    });

    /// <summary>Keeps what a network's last map reads until the layer ends.</summary>
    /// <param name="network">The network.</param>
    /// <param name="inner">What <see cref="InnerOf"/> gave for this stream's own tokens.</param>
    public void Keep(int network, TokenValues[] inner) => _inner[network] = inner;

    /// <summary>Ends the layer.</summary>
    public void Leave()
    {
        ForEach(group =>
        {
            (TokenBatch batch, FloatMemory residual) = _groups[group];
            var inner = new FloatView[_inner.Length];
            for (int network = 0; network < inner.Length; network++) inner[network] = _inner[network][group].Rows;
            Block.AddFeedForward(inner, _routes[group], batch, residual.Pointer);
        });
        Forget();
    }

    /// <summary>Goes through the layer once more, with what has become of its maps since, and ends it.</summary>
    /// <param name="inputs">The residual stream of each window as it entered the layer.</param>
    /// <param name="matrices">What each of <see cref="DecoderBlock.Linears"/> is now, or null where it is not quantized.</param>
    /// <param name="level">The level to read them at; those with fewer are read whole.</param>
    public void Repeat(float[][] inputs, IReadOnlyList<CanonicalMatrix?> matrices, int level)
    {
        var first = new int[_groups.Length];
        for (int group = 1; group < first.Length; group++) first[group] = first[group - 1] + _groups[group - 1].Batch.Windows;
        ForEach(group =>
        {
            (TokenBatch batch, FloatMemory residual) = _groups[group];
            for (int window = 0; window < batch.Windows; window++)
            {
                float[] input = inputs[first[group] + window];
                _engine.Write(input, residual.Pointer + ((nint)window * input.Length));
            }
        });
        Forward(Block, matrices, level);
    }

    /// <summary>Goes through a whole layer without a stop.</summary>
    /// <param name="block">The layer, the stream's own until the next one; its maps become what is given for them.</param>
    /// <param name="matrices">What each of <see cref="DecoderBlock.Linears"/> is, or null where it stays; empty where all stay.</param>
    /// <param name="level">The level to read them at; those with fewer are read whole.</param>
    public void Pass(DecoderBlock block, IReadOnlyList<CanonicalMatrix?> matrices, int level)
    {
        _block?.Dispose();
        _block = block;
        Forward(block, matrices, level);
    }

    private void Forward(DecoderBlock block, IReadOnlyList<CanonicalMatrix?> matrices, int level)
    {
        for (int i = 0; i < matrices.Count; i++)
        {
            if (matrices[i] is { } matrix) block.Linears[i].Replace(DecodedWeights.Of(matrix, Math.Min(level, matrix.Format.Levels), _run));
        }

        ForEach(group => block.Forward(_groups[group].Residual.Pointer, _groups[group].Batch));
        Forget();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Forget();
        _block?.Dispose();
        foreach ((_, FloatMemory residual) in _groups) residual.Dispose();
    }

    // Values of a layer are of no use behind it.
    private void Forget()
    {
        foreach (IDisposable values in _kept) values.Dispose();
        _kept.Clear();
        Replace([]);
        _inner = [];
    }

    private void Replace(TokenValues[] input)
    {
        foreach (TokenValues values in Input) values.Dispose();
        Input = input;
    }

    private TokenValues NewValues(int columns, int[] ends)
    {
        var values = new TokenValues(_engine.Allocate(Math.Max(1, (long)ends[^1] * columns)), columns, ends);
        lock (_kept) _kept.Add(values);
        return values;
    }

    private TokenValues[] Map(int columns, Step step)
    {
        var results = new TokenValues[_groups.Length];
        ForEach(group =>
        {
            (TokenBatch batch, FloatMemory residual) = _groups[group];
            FloatMemory memory = _engine.Allocate((long)batch.Count * columns);
            step(group, batch, residual.Pointer, memory.Pointer);
            int[] ends = [.. Enumerable.Range(1, batch.Windows).Select(window => window * batch.Tokens)];
            results[group] = new TokenValues(memory, columns, ends);
        });
        return results;
    }

    private TokenValues[] ForGroups(Func<int, TokenValues> make)
    {
        var results = new TokenValues[_groups.Length];
        ForEach(group => results[group] = make(group));
        return results;
    }

    private void ForEach(Action<int> step) => _run.ForEach(_engine, _groups.Length, step);

    private delegate void Step(int group, TokenBatch batch, float* residual, float* result);
}
