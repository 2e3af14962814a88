using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>A linear map y = W x + b in float32, whose weights may be replaced by what quantization makes of them.</summary>
public sealed class BlockLinear : IDisposable
{
    private FloatMemory? _resident;

    /// <summary>Wraps weights.</summary>
    /// <param name="tensor">What the model's file calls them, and their shape.</param>
    /// <param name="weight">W [N, K], row-major; kept, not copied.</param>
    /// <param name="bias">b [N], or null.</param>
    /// <exception cref="ArgumentException">The number of values is not N · K.</exception>
    public BlockLinear(LinearTensor tensor, float[] weight, float[]? bias)
    {
        Tensor = tensor;
        Bias = bias;
        Replace(weight);
    }

    /// <summary>What the model's file calls the weights, and their shape [N, K].</summary>
    public LinearTensor Tensor { get; }

    /// <summary>W [N, K], row-major.</summary>
    public float[] Weight { get; private set; } = [];

    /// <summary>b [N], or null.</summary>
    public float[]? Bias { get; }

    /// <summary>Takes other weights.</summary>
    /// <param name="weight">W [N, K], row-major; kept, not copied.</param>
    /// <exception cref="ArgumentException">The number of values is not N · K.</exception>
    public void Replace(float[] weight)
    {
        if (weight.LongLength != (long)Tensor.Rows * Tensor.Columns)
            throw new ArgumentException($"{Tensor.Weight}: {weight.LongLength} values for [{Tensor.Rows}, {Tensor.Columns}]", nameof(weight));
        Weight = weight;
        Release();
    }

    /// <summary>A map with the same weights and bias, until they are replaced.</summary>
    public BlockLinear Share() => new(Tensor, Weight, Bias);

    /// <summary>The weights where an engine of another memory reads them.</summary>
    /// <param name="copy">Makes the copy; called where there is none since weights were replaced.</param>
    internal FloatMemory Resident(Func<float[], FloatMemory> copy) => _resident ??= copy(Weight);

    /// <summary>Frees the copy that an engine of another memory made; it is made again when it is next needed.</summary>
    public void Release()
    {
        _resident?.Dispose();
        _resident = null;
    }

    /// <inheritdoc/>
    public void Dispose() => Release();
}
