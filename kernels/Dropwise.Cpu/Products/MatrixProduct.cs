namespace Dropwise.Cpu;

/// <summary>One product y = W x of a set that reads the same activations.</summary>
/// <param name="weights">W, [N, K].</param>
/// <param name="level">The level to read W at, from 1.</param>
/// <param name="output">y, [tokens, N] float32 with <paramref name="outputStride"/> elements from one token to the next; overwritten.</param>
/// <param name="outputStride">Elements from one token's output to the next, at least N.</param>
public unsafe struct MatrixProduct(WeightMatrix weights, int level, float* output, int outputStride)
{
    /// <summary>W, [N, K].</summary>
    public WeightMatrix Weights = weights;

    /// <summary>The level to read W at, from 1.</summary>
    public int Level = level;

    /// <summary>y, [tokens, N] float32.</summary>
    public float* Output = output;

    /// <summary>Elements from one token's output to the next.</summary>
    public int OutputStride = outputStride;
}

/// <summary>How products treat activations.</summary>
public enum Precision
{
    /// <summary>Whatever the kernel prefers: 8 or 16 bits, product tables.</summary>
    Fast = 0,

    /// <summary>Float32 activations, products and sums.</summary>
    Exact = 1,
}
