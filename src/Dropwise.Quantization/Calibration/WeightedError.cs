using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>How far a quantized matrix is from its weights for the input that it reads: tr(Δ H Δᵀ) / tr(W H Wᵀ), Δ = W − Ŵ.</summary>
internal static unsafe class WeightedError
{
    private const int RowsPerPiece = 64;

    /// <summary>The error of each level.</summary>
    /// <param name="weights">W, behind the format's rotation where it has one.</param>
    /// <param name="quantized">Its codes.</param>
    /// <param name="moments">H of each level from level 1, behind the same rotation; levels that share moments share the instance.</param>
    /// <param name="products">What multiplies.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>The errors; 0 where the weights do not see the input at all.</returns>
    public static ImmutableArray<double> Of(FloatMatrix weights, CanonicalMatrix quantized, ImmutableArray<InputMoments> moments, IInputProducts products, QuantizationRun run)
    {
        var norms = new Dictionary<InputMoments, double>();
        var errors = ImmutableArray.CreateBuilder<double>();
        for (int level = 1; level <= moments.Length; level++)
        {
            InputMoments own = moments[level - 1];
            if (!norms.TryGetValue(own, out double norm)) norms.Add(own, norm = Weigh(weights, own, products, run));
            errors.Add(norm > 0 ? Math.Max(0, Weigh(Difference(weights, new RowDecoder(quantized, level), run), own, products, run)) / norm : 0);
        }

        return errors.ToImmutable();
    }

    /// <summary>tr(X H Xᵀ).</summary>
    /// <param name="x">X [N, K].</param>
    /// <param name="moments">H.</param>
    /// <param name="products">What multiplies.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static double Weigh(FloatMatrix x, InputMoments moments, IInputProducts products, QuantizationRun run)
    {
        int columns = x.Columns;
        float[] weighted = products.Times(x, moments.InFloats(run));
        var sums = new double[x.Rows];
        run.ForPieces(x.Rows, RowsPerPiece, (start, end) =>
        {
            fixed (float* left = x.Values, right = weighted)
            {
                for (int row = start; row < end; row++) sums[row] = VectorOperations.Dot(left + ((nint)row * columns), right + ((nint)row * columns), columns);
            }
        });

        // Summed in the order of rows, so that the number of workers leaves no trace in the last digit.
        return sums.Sum();
    }

    /// <summary>The weights less what a decoder makes of their codes.</summary>
    private static FloatMatrix Difference(FloatMatrix weights, RowDecoder decoder, QuantizationRun run)
    {
        var x = new FloatMatrix(weights.Rows, weights.Columns, new float[weights.Values.Length]);
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            for (int row = start; row < end; row++)
            {
                Span<float> values = x.Row(row);
                decoder.Decode(row, values);
                ReadOnlySpan<float> original = weights.Row(row);
                for (int k = 0; k < values.Length; k++) values[k] = original[k] - values[k];
            }
        });
        return x;
    }
}
