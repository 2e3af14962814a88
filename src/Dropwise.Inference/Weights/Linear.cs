using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>A linear map y = W x + b.</summary>
/// <param name="Matrix">W, [outputs, inputs].</param>
/// <param name="Bias">b, [outputs], or null.</param>
public sealed record Linear(WeightMatrix Matrix, float[]? Bias = null);

/// <summary>The parameters of a norm, as they are multiplied and added.</summary>
/// <param name="Weight">The factors, [elements].</param>
/// <param name="Bias">What is added, [elements]; null where the norm adds nothing.</param>
public sealed record NormWeights(float[] Weight, float[]? Bias = null);

/// <summary>The weights of a feed-forward network, or of one expert.</summary>
/// <param name="Gate">[intermediate, hidden], or null where nothing gates.</param>
/// <param name="Up">[intermediate, hidden].</param>
/// <param name="Down">[hidden, intermediate].</param>
public sealed record FeedForwardWeights(Linear? Gate, Linear Up, Linear Down)
{
    /// <summary>All matrices.</summary>
    public ImmutableArray<WeightMatrix> Matrices => Gate is null ? [Up.Matrix, Down.Matrix] : [Gate.Matrix, Up.Matrix, Down.Matrix];
}
