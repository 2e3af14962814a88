using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>Causal attention with grouped heads and rotary positions: a layer's q, k, v and output products around the heads.</summary>
/// <param name="config">Heads and their dimension.</param>
/// <param name="query">[heads · dimension, hidden].</param>
/// <param name="key">[key-value heads · dimension, hidden].</param>
/// <param name="value">[key-value heads · dimension, hidden].</param>
/// <param name="output">[hidden, heads · dimension].</param>
internal sealed unsafe class SelfAttention(ModelConfig config, WeightMatrix query, WeightMatrix key, WeightMatrix value, WeightMatrix output)
{
    /// <summary>Attends with the batch's tokens and leaves the result in <see cref="Workspace.Projection"/>.</summary>
    /// <param name="workspace">The batch; <see cref="Workspace.Normed"/> is the input.</param>
    /// <param name="rope">Rotary tables.</param>
    /// <param name="cache">The layer's keys and values, to which the batch's are added.</param>
    public void Forward(Workspace workspace, RopeTable rope, KeyValueCache cache)
    {
        float* queries = workspace.Wide;
        float* keys = queries + ((nint)workspace.Tokens * query.Rows);
        float* values = keys + ((nint)workspace.Tokens * key.Rows);
        MatrixMultiply.Run(
            workspace.Team,
            workspace.Normed,
            [workspace.Product(query, queries), workspace.Product(key, keys), workspace.Product(value, values)],
            workspace.Precision);

        AttentionRegion region = new(config, workspace, rope, cache, queries, keys, values);
        workspace.Team.Run(ref region);
        workspace.Attended.Changed(workspace.Tokens, output.Columns);
        MatrixMultiply.Run(workspace.Team, workspace.Attended, [workspace.Product(output, workspace.Projection)], workspace.Precision);
    }
}
