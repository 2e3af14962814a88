namespace Dropwise.Quantization;

/// <summary>How far a quantized matrix is from its weights: ‖W − Ŵ‖ / ‖W‖ in the Frobenius norm.</summary>
public static class RelativeError
{
    private const int RowsPerPiece = 16;

    /// <summary>The error of one level.</summary>
    /// <param name="weights">The weights that were quantized, behind the format's rotation where it has one (a rotation changes no norm).</param>
    /// <param name="quantized">Their codes.</param>
    /// <param name="level">1 to the format's levels.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>The error; 0 for a matrix of zeros that is decoded as zeros, infinity for one that is not.</returns>
    public static double Of(FloatMatrix weights, CanonicalMatrix quantized, int level, QuantizationRun run)
    {
        var decoder = new RowDecoder(quantized, level);
        var errors = new double[weights.Rows];
        var norms = new double[weights.Rows];
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            var decoded = new float[weights.Columns];
            for (int row = start; row < end; row++)
            {
                decoder.Decode(row, decoded);
                ReadOnlySpan<float> expected = weights.Row(row);
                for (int k = 0; k < decoded.Length; k++)
                {
                    double difference = (double)expected[k] - decoded[k];
                    errors[row] += difference * difference;
                    norms[row] += (double)expected[k] * expected[k];
                }
            }
        });

        // Summed in the order of rows, so that the number of workers leaves no trace in the last digit.
        double error = errors.Sum();
        return error == 0 ? 0 : Math.Sqrt(error / norms.Sum());
    }
}
