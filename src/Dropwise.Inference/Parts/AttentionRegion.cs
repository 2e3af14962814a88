using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// The heads of one layer on all workers: rotate queries and keys, store keys and values, meet, then attend by runs of tokens of one
/// head, which read the same keys and values.
/// </summary>
internal unsafe struct AttentionRegion(
    ModelConfig config, Workspace workspace, RopeTable rope, KeyValueCache cache, float* queries, float* keys, float* values) : ITeamWork
{
    // Later tokens attend to more positions, so that runs are taken one by one rather than shared out beforehand.
    private const int RunTokens = 16;

    private readonly int _dimension = config.HeadDimension;
    private readonly float _scale = 1 / MathF.Sqrt(config.HeadDimension);
    private int _next;

    public void Execute(int worker, WorkerTeam team)
    {
        (int start, int end) = team.Share(workspace.Tokens * config.KeyValueHeads, worker);
        for (int item = start; item < end; item++) Store(item / config.KeyValueHeads, item % config.KeyValueHeads);
        team.Barrier();

        // Room for all positions of the context, so that it does not grow from token to token.
        float* scores = (float*)team.Scratch(worker, (long)cache.Positions * sizeof(float));
        int runs = (workspace.Tokens + RunTokens - 1) / RunTokens;
        while (true)
        {
            int item = Interlocked.Increment(ref _next) - 1;
            if (item >= runs * config.Heads) return;
            int first = item % runs * RunTokens;
            for (int token = first; token < Math.Min(first + RunTokens, workspace.Tokens); token++) Attend(token, item / runs, scores);
        }
    }

    /// <summary>Rotates a token's key, and the queries that attend to it, and stores key and value.</summary>
    private readonly void Store(int token, int head)
    {
        int position = workspace.Position + token;
        float* cosines = rope.Cosines(position), sines = rope.Sines(position);
        nint row = ((nint)token * config.KeyValueHeads) + head;
        float* key = keys + (row * _dimension);
        Rotate(key, cosines, sines);
        cache.Store(head, position, key, values + (row * _dimension));
        float* query = queries + (row * config.HeadsPerKeyValueHead * _dimension);
        for (int i = 0; i < config.HeadsPerKeyValueHead; i++) Rotate(query + (i * _dimension), cosines, sines);
    }

    // Queries and keys agree on the order of a pair's elements, which is all that their products ask for.
    private readonly void Rotate(float* x, float* cosines, float* sines)
    {
        if (config.Rope.Interleaved) VectorOperations.RotateNeighbours(x, cosines, sines, _dimension);
        else VectorOperations.Rotate(x, cosines, sines, _dimension);
    }

    private readonly void Attend(int token, int head, float* scores)
    {
        int keyHead = head / config.HeadsPerKeyValueHead;
        nint at = (((nint)token * config.Heads) + head) * _dimension;
        AttentionKernel.Attend(
            queries + at, cache.Keys(keyHead), cache.Values(keyHead), workspace.Position + token + 1, _dimension, _scale, scores,
            workspace.Attended.Values + ((nint)token * workspace.Attended.Stride) + (head * _dimension));
    }
}
