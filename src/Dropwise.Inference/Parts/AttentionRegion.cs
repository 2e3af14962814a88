using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>What one layer's heads do, whatever the batch.</summary>
internal sealed class HeadOperations
{
    /// <summary>The model's shape.</summary>
    public required ModelConfig Config { get; init; }

    /// <summary>Where a token's heads lie.</summary>
    public required HeadLayout Layout { get; init; }

    /// <summary>Positions that a token attends to, its own included.</summary>
    public required int Window { get; init; }

    /// <summary>The norm of a head's queries, or null.</summary>
    public required Norm? QueryNorm { get; init; }

    /// <summary>The norm of a head's keys, or null.</summary>
    public required Norm? KeyNorm { get; init; }
}

/// <summary>
/// The heads of one layer on all workers: normalize and rotate queries and keys, store keys and values, meet, then attend by runs of tokens
/// of one head, which read the same keys and values.
/// </summary>
/// <param name="heads">What the layer's heads do.</param>
/// <param name="workspace">The batch; <see cref="Workspace.Wide"/> holds queries, keys and values.</param>
/// <param name="rope">Rotary tables.</param>
/// <param name="cache">The layer's keys and values.</param>
internal unsafe struct AttentionRegion(HeadOperations heads, Workspace workspace, RopeTable rope, KeyValueCache cache) : ITeamWork
{
    // Later tokens attend to more positions, so that runs are taken one by one rather than shared out beforehand.
    private const int RunTokens = 16;

    private readonly ModelConfig _config = heads.Config;
    private readonly HeadLayout _layout = heads.Layout;
    private readonly float _scale = (float)heads.Config.AttentionScale;
    private readonly float _cap = (float)(heads.Config.AttentionLogitCap ?? 0);
    private int _next;

    public void Execute(int worker, WorkerTeam team)
    {
        (int start, int end) = team.Share(workspace.Tokens * _config.KeyValueHeads, worker);
        for (int item = start; item < end; item++) Store(item / _config.KeyValueHeads, item % _config.KeyValueHeads);
        team.Barrier();

        // Room for all positions of the context, so that it does not grow from token to token.
        float* scratch = (float*)team.Scratch(worker, AttentionKernel.ScratchElements(cache.Head(0)) * sizeof(float));
        int runs = (workspace.Tokens + RunTokens - 1) / RunTokens;
        while (true)
        {
            int item = Interlocked.Increment(ref _next) - 1;
            if (item >= runs * _config.Heads) return;
            int first = item % runs * RunTokens;
            int behind = Math.Min(first + RunTokens, workspace.Tokens);
            for (int token = first; token < behind;) token += Attend(token, behind, item / runs, scratch);
        }
    }

    /// <summary>Makes a token's key and the queries that attend to it what they are to be multiplied as, and stores key and value.</summary>
    private readonly void Store(int token, int head)
    {
        int position = workspace.Position + token;
        float* row = workspace.Wide + ((nint)token * _layout.Width);
        float* key = row + _layout.Key(head);
        heads.KeyNorm?.Apply(key, key);
        rope.Turn(position, key);
        cache.Head(head).Store(position, key, row + _layout.Value(head));
        for (int i = 0; i < _config.HeadsPerKeyValueHead; i++)
        {
            float* query = row + _layout.Query((head * _config.HeadsPerKeyValueHead) + i);
            heads.QueryNorm?.Apply(query, query);
            rope.Turn(position, query);
        }
    }

    /// <summary>Attends with the next token of a run, or with as many as a kernel takes at once; returns how many.</summary>
    private readonly int Attend(int token, int end, int head, float* scratch)
    {
        int position = workspace.Position + token, count = Math.Min(position + 1, heads.Window);
        KeyValueHead cached = cache.Head(head / _config.HeadsPerKeyValueHead);
        float* query = workspace.Wide + ((nint)token * _layout.Width) + _layout.Query(head);
        float* attended = workspace.Attended.Values + ((nint)token * workspace.Attended.Stride) + (head * _config.HeadDimension);

        // Behind a window, or where a ring has gone round, each token begins at another position.
        int after = position + AttentionKernel.Queries;
        if (token + AttentionKernel.Queries <= end && after <= heads.Window && after <= cached.Slots)
        {
            AttentionKernel.AttendQueries(query, _layout.Width, cached, count, _scale, _cap, scratch, attended, workspace.Attended.Stride);
            return AttentionKernel.Queries;
        }

        AttentionKernel.Attend(query, cached, position + 1 - count, count, _scale, _cap, scratch, attended);
        return 1;
    }
}
