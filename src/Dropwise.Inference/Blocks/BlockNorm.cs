using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>A norm of a decoder layer, of either kind, which reads its parameters where they are, so that training may change them.</summary>
/// <param name="weights">Its parameters; one with a bias subtracts the mean first.</param>
/// <param name="config">The norms of the model.</param>
internal sealed unsafe class BlockNorm(NormWeights weights, NormConfig config)
{
    private readonly float _epsilon = (float)config.Epsilon;

    /// <summary>Its parameters.</summary>
    public NormWeights Weights => weights;

    private int Length => weights.Weight.Length;

    /// <summary>A norm that may be absent.</summary>
    /// <param name="weights">Its parameters, or null.</param>
    /// <param name="config">The norms of the model.</param>
    public static BlockNorm? OrNull(NormWeights? weights, NormConfig config) => weights is null ? null : new BlockNorm(weights, config);

    /// <summary>Normalizes vectors.</summary>
    /// <param name="x">[vectors, elements].</param>
    /// <param name="vectors">Vectors.</param>
    /// <param name="y">Receives [vectors, elements]; may be <paramref name="x"/>.</param>
    public void Forward(float* x, int vectors, float* y)
    {
        fixed (float* weight = weights.Weight, bias = weights.Bias)
        {
            for (nint at = 0; at < (nint)vectors * Length; at += Length)
            {
                if (bias is null) NormOperations.RmsNorm(x + at, weight, _epsilon, y + at, Length);
                else NormOperations.LayerNorm(x + at, weight, bias, _epsilon, y + at, Length);
            }
        }
    }

    /// <summary>Goes back through <see cref="Forward"/>.</summary>
    /// <param name="x">What it read, [vectors, elements].</param>
    /// <param name="dy">The gradient of what it gave, [vectors, elements].</param>
    /// <param name="vectors">Vectors.</param>
    /// <param name="dx">Receives the gradient of what it read, [vectors, elements]; may be <paramref name="dy"/>.</param>
    /// <param name="gradient">The gradient of the parameters; added to.</param>
    public void Backward(float* x, float* dy, int vectors, float* dx, NormWeights gradient)
    {
        fixed (float* weight = weights.Weight, dweight = gradient.Weight, dbias = gradient.Bias)
        {
            for (nint at = 0; at < (nint)vectors * Length; at += Length)
            {
                if (dbias is null) NormOperations.RmsNormGradient(x + at, weight, _epsilon, dy + at, dx + at, dweight, Length);
                else NormOperations.LayerNormGradient(x + at, weight, _epsilon, dy + at, dx + at, dweight, dbias, Length);
            }
        }
    }

    /// <summary>Room for the gradient of the parameters, zeros.</summary>
    public NormWeights NewGradient() => new(new float[Length], weights.Bias is null ? null : new float[Length]);
}
