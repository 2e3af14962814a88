using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>
/// Causal attention of one whole window at once, with grouped heads and rotary positions: queries in runs against all keys that they see, so that
/// scores are matrix products.
/// </summary>
internal sealed unsafe partial class BlockAttention
{
    // 64 queries × 1024 positions of scores take 256 KB, which stay in the second-level cache.
    private const int RunQueries = 64;

    private readonly ModelConfig _config;
    private readonly HeadLayout _layout;
    private readonly int _window;
    private readonly BlockNorm? _queryNorm;
    private readonly BlockNorm? _keyNorm;

    /// <summary>Creates a layer's attention.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="queryNorm">The norm of a head's queries, or null.</param>
    /// <param name="keyNorm">The norm of a head's keys, or null.</param>
    public BlockAttention(ModelConfig config, int index, NormWeights? queryNorm, NormWeights? keyNorm)
    {
        _config = config;
        _layout = new HeadLayout(config);
        _window = config.Layer(index).Window ?? int.MaxValue;
        _queryNorm = BlockNorm.OrNull(queryNorm, config.Norm);
        _keyNorm = BlockNorm.OrNull(keyNorm, config.Norm);
    }

    /// <summary>Elements of a token's queries, keys and values.</summary>
    public int Width => _layout.Width;

    /// <summary>Attends.</summary>
    /// <param name="rope">Rotary tables, filled up to the window's end.</param>
    /// <param name="wide">Queries, keys and values [tokens, <see cref="Width"/>]; queries and keys are normalized and turned in place.</param>
    /// <param name="tokens">Tokens of the window, from position 0.</param>
    /// <param name="attended">Receives [tokens, heads · dimension].</param>
    public void Forward(RopeTable rope, float* wide, int tokens, float* attended)
    {
        for (int token = 0; token < tokens; token++) Turn(rope, token, wide + ((nint)token * Width));
        using var scratch = new NativeBuffer((long)RunQueries * tokens * sizeof(float));
        var scores = (float*)scratch.Pointer;
        for (int head = 0; head < _config.Heads; head++)
        {
            for (int first = 0; first < tokens; first += RunQueries) Attend(head, first, Math.Min(RunQueries, tokens - first), wide, scores, attended);
        }
    }

    private void Turn(RopeTable rope, int position, float* row)
    {
        for (int head = 0; head < _config.Heads; head++) Turn(rope, position, _queryNorm, row + _layout.Query(head));
        for (int head = 0; head < _config.KeyValueHeads; head++) Turn(rope, position, _keyNorm, row + _layout.Key(head));
    }

    private static void Turn(RopeTable rope, int position, BlockNorm? norm, float* head)
    {
        norm?.Forward(head, 1, head);
        rope.Turn(position, head);
    }

    private void Attend(int head, int first, int count, float* wide, float* scores, float* attended)
    {
        FloatView weights = Weights(head, first, count, wide, scores, null);
        FloatView values = Heads(wide, _layout.Value(KeyHead(head)), first + count - weights.Columns, weights.Columns);
        FloatProduct.Run(weights, values, Output(attended, head, first, count));
    }

    /// <summary>How much each of a run of queries takes of each position that one of them sees, up to the run's last.</summary>
    /// <param name="head">The query's head.</param>
    /// <param name="first">The first query.</param>
    /// <param name="count">Queries.</param>
    /// <param name="wide">Queries, keys and values, turned.</param>
    /// <param name="scores">Room for [count, tokens].</param>
    /// <param name="slopes">Receives the slopes of the soft cap at the positions that queries see, laid out like the weights; null for none.</param>
    /// <returns>The weights [count, positions], in <paramref name="scores"/>.</returns>
    private FloatView Weights(int head, int first, int count, float* wide, float* scores, float* slopes)
    {
        int start = FirstSeen(first), positions = first + count - start;
        FloatView run = new(scores, count, positions);
        FloatProduct.Run(Heads(wide, _layout.Query(head), first, count), Heads(wide, _layout.Key(KeyHead(head)), start, positions).Transposed, run);
        for (int query = 0; query < count; query++)
            Normalize(run.At(query, 0), first + query, start, positions, slopes is null ? null : slopes + ((nint)query * positions));
        return run;
    }

    private int KeyHead(int head) => head / _config.HeadsPerKeyValueHead;

    private int FirstSeen(int position) => Math.Max(0, position - Math.Min(_window, position + 1) + 1);

    private FloatView Heads(float* wide, int offset, int token, int tokens) => new(wide + ((nint)token * Width) + offset, tokens, _config.HeadDimension, Width);

    private FloatView Output(float* attended, int head, int first, int count) =>
        new(attended + ((nint)first * _config.QueryRows) + (head * _config.HeadDimension), count, _config.HeadDimension, _config.QueryRows);

    /// <summary>Scores into weights: softmax over the positions that a query sees, zero elsewhere.</summary>
    private void Normalize(float* scores, int position, int start, int positions, float* slopes)
    {
        int from = FirstSeen(position) - start, count = position + 1 - start - from;
        float scale = (float)_config.AttentionScale;
        if (_config.AttentionLogitCap is { } cap)
        {
            VectorOperations.SoftCap(scores + from, scale, (float)cap, count);
            if (slopes is not null) VectorOperations.SoftCapSlopes(scores + from, scale, (float)cap, slopes + from, count);
            scale = 1;
        }

        float sum = VectorOperations.SoftmaxNumerators(scores + from, scale, count);
        VectorOperations.Multiply(scores + from, 1 / sum, count);
        new Span<float>(scores, from).Clear();
        new Span<float>(scores + from + count, positions - from - count).Clear();
    }
}
