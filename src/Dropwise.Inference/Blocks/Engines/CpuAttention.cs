using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks.Engines;

/// <summary>
/// Causal attention of one whole window at once, with grouped heads: queries in runs against all keys that they see, so that scores are matrix
/// products.
/// </summary>
internal sealed unsafe partial class CpuAttention
{
    // 64 queries × 1024 positions of scores take 256 KB, which stay in the second-level cache.
    private const int RunQueries = 64;

    private readonly BlockAttention _attention;
    private readonly ModelConfig _config;
    private readonly HeadLayout _layout;
    private readonly float* _wide;
    private readonly int _tokens;

    /// <summary>Looks at a window.</summary>
    /// <param name="attention">Heads.</param>
    /// <param name="wide">Turned queries and keys, and values [tokens, <see cref="BlockAttention.Width"/>].</param>
    /// <param name="tokens">Tokens of the window, from position 0.</param>
    public CpuAttention(BlockAttention attention, float* wide, int tokens)
    {
        _attention = attention;
        _config = attention.Config;
        _layout = attention.Layout;
        _wide = wide;
        _tokens = tokens;
    }

    /// <summary>Normalizes and turns the heads of a token.</summary>
    /// <param name="attention">Heads, norms and rotary tables.</param>
    /// <param name="engine">What computes norms.</param>
    /// <param name="position">The token's position.</param>
    /// <param name="row">Its queries, keys and values, changed.</param>
    public static void Turn(BlockAttention attention, BlockEngine engine, int position, float* row)
    {
        for (int head = 0; head < attention.Config.Heads; head++) Turn(attention, engine, position, attention.QueryNorm, row + attention.Layout.Query(head));
        for (int head = 0; head < attention.Config.KeyValueHeads; head++) Turn(attention, engine, position, attention.KeyNorm, row + attention.Layout.Key(head));
    }

    /// <summary>Attends.</summary>
    /// <param name="attended">Receives [tokens, heads · dimension].</param>
    public void Forward(float* attended)
    {
        using var scratch = new NativeBuffer((long)RunQueries * _tokens * sizeof(float));
        var scores = (float*)scratch.Pointer;
        for (int head = 0; head < _config.Heads; head++)
        {
            for (int first = 0; first < _tokens; first += RunQueries) Attend(head, first, Math.Min(RunQueries, _tokens - first), scores, attended);
        }
    }

    /// <summary>Attends with the last token alone.</summary>
    /// <param name="attended">Receives [heads · dimension].</param>
    public void ForwardLast(float* attended)
    {
        int last = _tokens - 1;
        using var scratch = new NativeBuffer((long)_tokens * sizeof(float));
        for (int head = 0; head < _config.Heads; head++) Attend(head, last, 1, (float*)scratch.Pointer, attended - ((nint)last * _config.QueryRows));
    }

    private static void Turn(BlockAttention attention, BlockEngine engine, int position, BlockNorm? norm, float* head)
    {
        FloatView row = new(head, 1, attention.Config.HeadDimension);
        if (norm is not null) engine.Normalize(norm, row, row);
        attention.Rope.Turn(position, head);
    }

    private void Attend(int head, int first, int count, float* scores, float* attended)
    {
        FloatView weights = Weights(head, first, count, scores, null);
        FloatView values = Heads(_wide, _layout.Value(KeyHead(head)), first + count - weights.Columns, weights.Columns);
        FloatProduct.Run(weights, values, Output(attended, head, first, count));
    }

    /// <summary>How much each of a run of queries takes of each position that one of them sees, up to the run's last.</summary>
    /// <param name="head">The query's head.</param>
    /// <param name="first">The first query.</param>
    /// <param name="count">Queries.</param>
    /// <param name="scores">Room for [count, tokens].</param>
    /// <param name="slopes">Receives the slopes of the soft cap at the positions that queries see, laid out like the weights; null for none.</param>
    /// <returns>The weights [count, positions], in <paramref name="scores"/>.</returns>
    private FloatView Weights(int head, int first, int count, float* scores, float* slopes)
    {
        int start = _attention.FirstSeen(first), positions = first + count - start;
        FloatView run = new(scores, count, positions);
        FloatProduct.Run(Heads(_wide, _layout.Query(head), first, count), Heads(_wide, _layout.Key(KeyHead(head)), start, positions).Transposed, run);
        for (int query = 0; query < count; query++)
            Normalize(run.At(query, 0), first + query, start, positions, slopes is null ? null : slopes + ((nint)query * positions));
        return run;
    }

    private int KeyHead(int head) => head / _config.HeadsPerKeyValueHead;

    private FloatView Heads(float* wide, int offset, int token, int tokens) =>
        new(wide + ((nint)token * _attention.Width) + offset, tokens, _config.HeadDimension, _attention.Width);

    private FloatView Output(float* attended, int head, int first, int count) =>
        new(attended + ((nint)first * _config.QueryRows) + (head * _config.HeadDimension), count, _config.HeadDimension, _config.QueryRows);

    /// <summary>Scores into weights: softmax over the positions that a query sees, zero elsewhere.</summary>
    private void Normalize(float* scores, int position, int start, int positions, float* slopes)
    {
        int from = _attention.FirstSeen(position) - start, count = position + 1 - start - from;
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
