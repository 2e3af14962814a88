using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>
/// Causal attention with grouped heads and rotary positions, to all positions or to a window of them: a layer's query, key, value and output
/// products around the heads.
/// </summary>
internal sealed unsafe class SelfAttention
{
    private readonly ImmutableArray<LinearPart> _projections;
    private readonly LinearPart _output;
    private readonly MatrixProduct[] _products;
    private readonly HeadOperations _heads;
    private readonly HeadLayout _layout;

    /// <summary>Creates a layer's attention.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="weights">The layer's weights.</param>
    public SelfAttention(ModelConfig config, int index, LayerWeights weights)
    {
        _projections = [.. weights.QueryKeyValue.Select(static linear => new LinearPart(linear))];
        _products = new MatrixProduct[_projections.Length];
        _output = new LinearPart(weights.AttentionOutput);
        _layout = new HeadLayout(config);
        _heads = new HeadOperations
        {
            Config = config,
            Layout = _layout,
            Window = config.Layer(index).Window ?? int.MaxValue,
            QueryNorm = Norm.OrNull(weights.QueryNorm, config.Norm),
            KeyNorm = Norm.OrNull(weights.KeyNorm, config.Norm),
        };
    }

    /// <summary>Attends with the batch's tokens and leaves the result in <see cref="Workspace.Projection"/>.</summary>
    /// <param name="workspace">The batch; <see cref="Workspace.Normed"/> is the input.</param>
    /// <param name="rope">Rotary tables.</param>
    /// <param name="cache">The layer's keys and values, to which the batch's are added.</param>
    public void Forward(Workspace workspace, RopeTable rope, KeyValueCache cache)
    {
        // Side by side whether they come from one matrix or from three, so that everything after them knows one layout.
        float* output = workspace.Wide;
        for (int i = 0; i < _projections.Length; i++)
        {
            _products[i] = _projections[i].Product(workspace, output, _layout.Width);
            output += _projections[i].Rows;
        }

        MatrixMultiply.Run(workspace.Team, workspace.Normed, _products, workspace.Precision);
        output = workspace.Wide;
        foreach (LinearPart projection in _projections)
        {
            projection.AddBias(workspace.Team, output, _layout.Width, workspace.Tokens);
            output += projection.Rows;
        }

        AttentionRegion region = new(_heads, workspace, rope, cache);
        workspace.Team.Run(ref region);
        workspace.Attended.Changed(workspace.Tokens, _output.Columns);
        _output.Forward(workspace, workspace.Attended, workspace.Projection);
    }
}
