using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>Sums of products Xᵀ Y over the windows of a text, in float64, of values that are where an engine computes.</summary>
internal interface IInputProducts
{
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
}
