using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// What the moments of a weight's input say about errors, in the order in which inputs are settled. With H = U Uᵀ and the errors Δ of inputs before j, the
/// best weight at j is t_j + Σ_i Δ_i G_ij, and missing it by e costs d_j e²: all of tr(Δ H Δᵀ) is the sum of these costs.
/// </summary>
internal sealed class FeedbackFactor
{
    private const int Slack = 16;

    /// <summary>Prepares a factor.</summary>
    /// <param name="moments">H.</param>
    /// <param name="order">The places of inputs.</param>
    /// <param name="damping">As <see cref="HessianFactor.Upper"/> takes it.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <exception cref="QuantizationException">The moments are not numbers, or not positive definite in spite of the damping.</exception>
    public FeedbackFactor(InputMoments moments, InputOrder order, double damping, QuantizationRun run)
    {
        int size = moments.Columns;
        Columns = size;
        Order = order;
        double[] upper = HessianFactor.Upper(Permuted(moments, order.Inputs, run), damping, run);
        double mean = MeanOfSquares(upper, size);
        Gains = new float[(long)size * size];
        Moments = new float[(long)size * size];
        Costs = new float[size];
        for (int j = 0; j < size; j++) Costs[j] = (float)(upper[((long)j * size) + j] * upper[((long)j * size) + j] / mean);
        run.ForPieces(size, 16, (start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                for (int j = 0; j < size; j++)
                {
                    Gains[(i * size) + j] = j > i ? (float)(upper[(i * size) + j] / upper[(j * size) + j]) : 0;
                    Moments[(i * size) + j] = (float)(moments.Hessian[(order.Inputs[i] * size) + order.Inputs[j]] / mean);
                }
            }
        });

        // What damping added is on the diagonal alone: its exact value is the sum of the factor's row.
        Diagonal = new float[size + Slack];
        for (int i = 0; i < size; i++) Moments[(i * size) + i] = Diagonal[i] = (float)(SumOfSquares(upper.AsSpan(i * size, size)) / mean);
    }

    /// <summary>Inputs K.</summary>
    public int Columns { get; }

    /// <summary>The places of inputs.</summary>
    public InputOrder Order { get; }

    /// <summary>G_ij = U_ij / U_jj for i before j, otherwise 0; [K, K].</summary>
    public float[] Gains { get; }

    /// <summary>d_j = U_jj², [K], in parts of the mean of H's diagonal.</summary>
    public float[] Costs { get; }

    /// <summary>H itself, damped, by places, in parts of the mean of its diagonal; [K, K].</summary>
    public float[] Moments { get; }

    /// <summary>H's damped diagonal, in the same parts, [K] and what vectors read behind it.</summary>
    public float[] Diagonal { get; }

    private static InputMoments Permuted(InputMoments moments, int[] inputs, QuantizationRun run)
    {
        int size = moments.Columns;
        var permuted = new double[(long)size * size];
        run.ForPieces(size, 16, (start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                ReadOnlySpan<double> source = moments.Hessian.AsSpan(inputs[i] * size, size);
                Span<double> target = permuted.AsSpan(i * size, size);
                for (int j = 0; j < size; j++) target[j] = source[inputs[j]];
            }
        });
        return new InputMoments(size, permuted, moments.Tokens);
    }

    private static double MeanOfSquares(double[] upper, int size)
    {
        double sum = 0;
        for (int i = 0; i < size; i++) sum += SumOfSquares(upper.AsSpan(i * size, size));
        return sum / size;
    }

    private static double SumOfSquares(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value * value;
        return sum;
    }
}
