namespace Dropwise.Cpu;

/// <summary>The activation of a feed-forward network.</summary>
public enum ActivationFunction
{
    /// <summary>x / (1 + e^−x).</summary>
    Silu = 0,

    /// <summary>x · Φ(x), with the error function.</summary>
    Gelu = 1,

    /// <summary>The approximation of <see cref="Gelu"/> by a hyperbolic tangent, x · ½ · (1 + tanh(√(2/π) · (x + 0.044715 x³))).</summary>
    GeluTanh = 2,
}
