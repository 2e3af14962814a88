namespace Dropwise.Quantization.Calibration;

/// <summary>What takes moments apart: work of order K³, in float64.</summary>
internal interface IMomentFactors
{
    /// <summary>The factor of <see cref="HessianFactor.Upper"/>, rounded.</summary>
    /// <param name="moments">H.</param>
    /// <param name="damping">What is added to the diagonal, in parts of its mean.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>U [K, K], zeros below its diagonal.</returns>
    /// <exception cref="QuantizationException">A moment is NaN or infinite, or what is added does not make the moments positive definite.</exception>
    float[] Upper(InputMoments moments, double damping, QuantizationRun run);

    /// <summary>Z (H + δ·mean(diag H)·I)⁻¹.</summary>
    /// <param name="rows">Z [count, K].</param>
    /// <param name="moments">H.</param>
    /// <param name="damping">δ.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>[count, K].</returns>
    /// <exception cref="QuantizationException">As for <see cref="Upper"/>.</exception>
    float[] Divide(double[] rows, InputMoments moments, double damping, QuantizationRun run);
}
