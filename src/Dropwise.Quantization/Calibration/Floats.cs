namespace Dropwise.Quantization.Calibration;

/// <summary>Moments are float64 while they are summed and factored; products with weights are float32.</summary>
internal static class Floats
{
    // 256 KB of results: enough to pay for a worker's start, few enough that workers end together.
    private const int PieceElements = 1 << 16;

    /// <summary>Rounds values.</summary>
    /// <param name="values">The values.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static float[] Of(double[] values, QuantizationRun run)
    {
        var floats = new float[values.Length];
        run.ForPieces(values.Length, PieceElements, (start, end) =>
        {
            for (int i = start; i < end; i++) floats[i] = (float)values[i];
        });
        return floats;
    }
}
