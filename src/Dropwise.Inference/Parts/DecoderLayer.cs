using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference;

/// <summary>One layer: attention, feed-forward network and norms, put together as <see cref="LayerStructure"/> says.</summary>
internal sealed unsafe class DecoderLayer
{
    private readonly Norm _attentionNorm;
    private readonly SelfAttention _attention;
    private readonly Norm? _postAttentionNorm;
    private readonly Norm? _feedForwardNorm;
    private readonly IFeedForward _feedForward;
    private readonly Norm? _postFeedForwardNorm;
    private readonly bool _isParallel;
    private readonly int _hidden;

    /// <summary>Creates a layer.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="weights">The layer's weights.</param>
    public DecoderLayer(ModelConfig config, int index, LayerWeights weights)
    {
        _hidden = config.HiddenSize;
        _isParallel = config.Structure is LayerStructure.Parallel or LayerStructure.ParallelTwoNorms;
        _attentionNorm = new Norm(weights.AttentionNorm, config.Norm);
        _attention = new SelfAttention(config, index, weights);
        _postAttentionNorm = Norm.OrNull(weights.PostAttentionNorm, config.Norm);
        _feedForwardNorm = Norm.OrNull(weights.FeedForwardNorm, config.Norm);
        _feedForward = config.Layer(index).Experts is { } experts
            ? new ExpertMixture(config, experts, weights)
            : new FeedForwardNetwork(config, weights.FeedForward[0]);
        _postFeedForwardNorm = Norm.OrNull(weights.PostFeedForwardNorm, config.Norm);
    }

    /// <summary>Runs the batch's tokens through the layer.</summary>
    /// <param name="workspace">The batch; <see cref="Workspace.Residual"/> is changed.</param>
    /// <param name="rope">Rotary tables.</param>
    /// <param name="cache">The layer's keys and values.</param>
    public void Forward(Workspace workspace, RopeTable rope, KeyValueCache cache)
    {
        _attentionNorm.Apply(workspace.Team, workspace.Residual, workspace.Tokens, workspace.Normed);
        _attention.Forward(workspace, rope, cache);

        // A parallel network reads the residual stream as attention found it; without a norm of its own, what attention read.
        if (!_isParallel) AddProjection(workspace, _postAttentionNorm);
        _feedForwardNorm?.Apply(workspace.Team, workspace.Residual, workspace.Tokens, workspace.Normed);
        if (_isParallel) AddProjection(workspace, _postAttentionNorm);
        _feedForward.Forward(workspace);
        AddProjection(workspace, _postFeedForwardNorm);
    }

    private void AddProjection(Workspace workspace, Norm? norm)
    {
        norm?.Apply(workspace.Team, workspace.Projection, workspace.Tokens);
        VectorOperations.Add(workspace.Projection, workspace.Residual, workspace.Tokens * _hidden);
    }
}
