using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>One layer: x += attention(norm(x)), x += feed-forward(norm(x)).</summary>
internal sealed unsafe class DecoderLayer : IDisposable
{
    private readonly RmsNorm _attentionNorm;
    private readonly SelfAttention _attention;
    private readonly RmsNorm _feedForwardNorm;
    private readonly GatedFeedForward _feedForward;
    private readonly int _hidden;

    /// <summary>Creates a layer.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weights">The layer's weights.</param>
    public DecoderLayer(ModelConfig config, LayerWeights weights)
    {
        _hidden = config.HiddenSize;
        _attentionNorm = new RmsNorm(weights.AttentionNorm, config.RmsNormEpsilon);
        _attention = new SelfAttention(config, weights.Query, weights.Key, weights.Value, weights.AttentionOutput);
        _feedForwardNorm = new RmsNorm(weights.FeedForwardNorm, config.RmsNormEpsilon);
        _feedForward = new GatedFeedForward(weights.Gate, weights.Up, weights.Down);
    }

    /// <summary>Runs the batch's tokens through the layer.</summary>
    /// <param name="workspace">The batch; <see cref="Workspace.Residual"/> is changed.</param>
    /// <param name="rope">Rotary tables.</param>
    /// <param name="cache">The layer's keys and values.</param>
    public void Forward(Workspace workspace, RopeTable rope, KeyValueCache cache)
    {
        _attentionNorm.Apply(workspace.Team, workspace.Residual, workspace.Tokens, workspace.Normed);
        _attention.Forward(workspace, rope, cache);
        AddProjection(workspace);
        _feedForwardNorm.Apply(workspace.Team, workspace.Residual, workspace.Tokens, workspace.Normed);
        _feedForward.Forward(workspace);
        AddProjection(workspace);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _attentionNorm.Dispose();
        _feedForwardNorm.Dispose();
    }

    private void AddProjection(Workspace workspace) =>
        VectorOperations.Add(workspace.Projection, workspace.Residual, workspace.Tokens * _hidden);
}
