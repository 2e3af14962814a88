using Dropwise.Cpu;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>A linear map y = W x + b in float32, whose weights may be replaced by what quantization makes of them.</summary>
public sealed unsafe class BlockLinear
{
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
    }

    /// <summary>A map with the same weights and bias, until they are replaced.</summary>
    public BlockLinear Share() => new(Tensor, Weight, Bias);

    /// <summary>y = W x + b.</summary>
    /// <param name="x">[tokens, K].</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="y">Receives [tokens, N], rows <paramref name="stride"/> apart.</param>
    /// <param name="stride">Elements from one token's output to the next; null for N.</param>
    public void Forward(float* x, int tokens, float* y, int? stride = null)
    {
        FloatView outputs = new(y, tokens, Tensor.Rows, stride ?? Tensor.Rows);
        fixed (float* weight = Weight, bias = Bias)
        {
            FloatProduct.Run(new FloatView(x, tokens, Tensor.Columns), new FloatView(weight, Tensor.Rows, Tensor.Columns).Transposed, outputs);
            if (bias is null) return;
            for (int token = 0; token < tokens; token++) VectorOperations.Add(bias, outputs.At(token, 0), Tensor.Rows);
        }
    }

    /// <summary>Goes back: dL/dx = Wᵀ dL/dy.</summary>
    /// <param name="dy">dL/dy [tokens, N], rows <paramref name="stride"/> apart.</param>
    /// <param name="tokens">Tokens.</param>
    /// <param name="dx">Receives dL/dx [tokens, K].</param>
    /// <param name="stride">Elements from one token's gradient to the next; null for N.</param>
    /// <param name="accumulate">Whether dL/dx is added to what is there.</param>
    public void Backward(float* dy, int tokens, float* dx, int? stride = null, bool accumulate = false)
    {
        FloatView gradients = new(dy, tokens, Tensor.Rows, stride ?? Tensor.Rows);
        fixed (float* weight = Weight)
            FloatProduct.Run(gradients, new FloatView(weight, Tensor.Rows, Tensor.Columns), new FloatView(dx, tokens, Tensor.Columns), accumulate);
    }
}
