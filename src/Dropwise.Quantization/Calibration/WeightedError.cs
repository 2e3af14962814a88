using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>How far a quantized matrix is from its weights for the input that it reads: tr(Δ H Δᵀ) / tr(W H Wᵀ), Δ = W − Ŵ.</summary>
internal static unsafe class WeightedError
{
    private const int RowsPerPiece = 64;

    /// <summary>The error of one level.</summary>
    /// <param name="weights">W, behind the format's rotation where it has one.</param>
    /// <param name="quantized">Its codes.</param>
    /// <param name="level">1 to the format's levels.</param>
    /// <param name="moments">H, behind the same rotation.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>The error; 0 where the weights do not see the input at all.</returns>
    public static double Of(FloatMatrix weights, CanonicalMatrix quantized, int level, InputMoments moments, QuantizationRun run)
    {
        int columns = weights.Columns;
        var decoder = new RowDecoder(quantized, level);
        float[] hessian = [.. moments.Hessian.Select(static value => (float)value)];
        double[] errors = new double[weights.Rows], norms = new double[weights.Rows];
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            int rows = end - start;
            float[] both = new float[2 * rows * columns], products = new float[both.Length];
            Span<float> differences = both.AsSpan(0, rows * columns), originals = both.AsSpan(rows * columns);
            for (int row = 0; row < rows; row++)
            {
                Span<float> difference = differences.Slice(row * columns, columns);
                decoder.Decode(start + row, difference);
                weights.Row(start + row).CopyTo(originals.Slice(row * columns, columns));
                for (int k = 0; k < columns; k++) difference[k] = weights.Row(start + row)[k] - difference[k];
            }

            fixed (float* left = both, h = hessian, result = products)
            {
                FloatProduct.Run(new FloatView(left, 2 * rows, columns), new FloatView(h, columns, columns), new FloatView(result, 2 * rows, columns));
                for (int row = 0; row < rows; row++)
                {
                    nint error = (nint)row * columns, norm = (nint)(rows + row) * columns;
                    errors[start + row] = VectorOperations.Dot(left + error, result + error, columns);
                    norms[start + row] = VectorOperations.Dot(left + norm, result + norm, columns);
                }
            }
        });

        // Summed in the order of rows, so that the number of workers leaves no trace in the last digit.
        double total = norms.Sum();
        return total > 0 ? Math.Max(0, errors.Sum()) / total : 0;
    }
}
