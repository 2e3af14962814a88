namespace Dropwise.Quantization.Calibration;

/// <summary>Factors of moments on the processor.</summary>
internal sealed class CpuFactors : IMomentFactors
{
    /// <inheritdoc/>
    public float[] Upper(InputMoments moments, double damping, QuantizationRun run) => Floats.Of(HessianFactor.Upper(moments, damping, run), run);

    /// <inheritdoc/>
    public float[] Divide(double[] rows, InputMoments moments, double damping, QuantizationRun run)
    {
        float[] divided = Floats.Of(rows, run);
        TriangularSolve.Run(divided, HessianFactor.Upper(moments, damping, run), moments.Columns, run);
        return divided;
    }
}
