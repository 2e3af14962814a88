using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// The large products of calibration: sums Xᵀ Y over the windows of a text, in float64, of values that are where an engine computes, and matrices of the host
/// times moments.
/// </summary>
internal interface IInputProducts
{
    /// <summary>What takes the moments apart where they are computed.</summary>
    IMomentFactors Factors { get; }

    /// <summary>Σ Xᵀ X.</summary>
    /// <param name="windows">Windows of X, each [tokens, K].</param>
    /// <param name="columns">K.</param>
    /// <returns>[K, K], symmetric.</returns>
    double[] Squares(FloatView[] windows, int columns);

    /// <summary>Σ Xᵀ Y.</summary>
    /// <param name="left">Windows of X, each [tokens, K].</param>
    /// <param name="right">The same windows of Y.</param>
    /// <param name="columns">K.</param>
    /// <returns>[K, K].</returns>
    double[] Cross(FloatView[] left, FloatView[] right, int columns);

    /// <summary>A M in float32.</summary>
    /// <param name="rows">A [N, K].</param>
    /// <param name="square">M [K, K]; not to change afterwards, because a device may keep it for the next A.</param>
    /// <returns>[N, K].</returns>
    float[] Times(FloatMatrix rows, float[] square);
}
