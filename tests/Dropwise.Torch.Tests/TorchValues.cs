using Dropwise.ModelFiles;
using TorchSharp;
using static TorchSharp.torch;

namespace Dropwise.Torch.Tests;

/// <summary>Values in float64 on their way to PyTorch and back.</summary>
internal static class TorchValues
{
    /// <summary>Skips the running test where the library does not load: it is built for systems with a C++ library of GCC 13 or later.</summary>
    public static void RequireLibrary()
    {
        try
        {
            manual_seed(1);
        }
        catch (Exception e) when (e is TypeInitializationException or NotSupportedException or DllNotFoundException)
        {
            Assert.Skip($"LibTorch does not load here: {(e.InnerException ?? e).Message.Split('\n')[0]}");
        }
    }

    /// <summary>Values whose gradient is wanted.</summary>
    public static Tensor Parameter(float[] values, params long[] shape) => Constant(values, shape).requires_grad_();

    /// <summary>Values that stay.</summary>
    public static Tensor Constant(float[] values, params long[] shape) => tensor([.. values.Select(static value => (double)value)], dtype: float64).view(shape).detach();

    /// <summary>The gradient of a parameter.</summary>
    public static double[] Gradient(Tensor parameter) => parameter.grad!.data<double>().ToArray();

    /// <summary>The root mean square norm.</summary>
    public static Tensor Norm(Tensor x, Tensor weight, ModelConfig config) => x * (x.pow(2).mean([-1], keepdim: true) + config.Norm.Epsilon).rsqrt() * weight;

    /// <summary>‖a − b‖ / ‖a‖.</summary>
    public static double Error(double[] expected, ReadOnlySpan<float> actual)
    {
        double length = 0, distance = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            length += expected[i] * expected[i];
            distance += (expected[i] - actual[i]) * (expected[i] - actual[i]);
        }

        return Math.Sqrt(distance / length);
    }
}
