using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>A norm of a decoder layer, of either kind, whose parameters are read where they are, so that training may change them.</summary>
/// <param name="weights">Its parameters; one with a bias subtracts the mean first.</param>
/// <param name="config">The norms of the model.</param>
public sealed class BlockNorm(NormWeights weights, NormConfig config)
{
    /// <summary>Its parameters.</summary>
    public NormWeights Weights => weights;

    /// <summary>What is added to the mean square, or to the variance.</summary>
    public float Epsilon { get; } = (float)config.Epsilon;

    /// <summary>Elements of a vector.</summary>
    public int Length => weights.Weight.Length;

    /// <summary>A norm that may be absent.</summary>
    /// <param name="weights">Its parameters, or null.</param>
    /// <param name="config">The norms of the model.</param>
    public static BlockNorm? OrNull(NormWeights? weights, NormConfig config) => weights is null ? null : new BlockNorm(weights, config);

    /// <summary>Room for the gradient of the parameters, zeros.</summary>
    public NormWeights NewGradient() => new(new float[Length], weights.Bias is null ? null : new float[Length]);
}
