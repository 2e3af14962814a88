using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// What H says about one group's errors while all other inputs stay: with slopes s = (Δ H) of the group, the best weights are ŵ + s H⁻¹, H being the group's own
/// moments, and other weights cost what feedback between the group's inputs says.
/// </summary>
internal sealed class GroupFactor
{
    private GroupFactor(FeedbackFactor factor, InputGroup group, QuantizationRun run)
    {
        int size = group.Length;
        var own = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++) own[(i * size) + j] = factor.Moments[((group.First + i) * factor.Columns) + group.First + j];
        }

        double[] upper = HessianFactor.Upper(new InputMoments(size, own, 1), 0, run);
        Gains = new float[size * size];
        Costs = new float[size];
        for (int j = 0; j < size; j++)
        {
            double diagonal = upper[(j * size) + j];
            Costs[j] = (float)(diagonal * diagonal);
            for (int i = 0; i < j; i++) Gains[(j * size) + i] = (float)(upper[(i * size) + j] / diagonal);
        }

        Inverse = InverseOf(upper, size);
    }

    /// <summary>d_j, [length].</summary>
    public float[] Costs { get; }

    /// <summary>G_ij, i before j, at [j, i]; [length, length].</summary>
    public float[] Gains { get; }

    /// <summary>H⁻¹ [length, length].</summary>
    public float[] Inverse { get; }

    /// <summary>The factors of all groups, by their index as stored.</summary>
    /// <param name="factor">What H says about errors.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static GroupFactor[] Of(FeedbackFactor factor, QuantizationRun run)
    {
        var factors = new GroupFactor[factor.Order.Groups.Length];
        foreach (InputGroup group in factor.Order.Groups) factors[group.Index] = new GroupFactor(factor, group, run);
        return factors;
    }

    // (U Uᵀ)⁻¹: each column of the identity goes through U from its end and through Uᵀ from its beginning, in place.
    private static float[] InverseOf(double[] upper, int size)
    {
        var inverse = new float[size * size];
        Span<double> column = stackalloc double[size];
        for (int unit = 0; unit < size; unit++)
        {
            column.Clear();
            column[unit] = 1;
            for (int i = size - 1; i >= 0; i--)
            {
                for (int j = i + 1; j < size; j++) column[i] -= upper[(i * size) + j] * column[j];
                column[i] /= upper[(i * size) + i];
            }

            for (int j = 0; j < size; j++)
            {
                for (int i = 0; i < j; i++) column[j] -= upper[(i * size) + j] * column[i];
                column[j] /= upper[(j * size) + j];
                inverse[(unit * size) + j] = (float)column[j];
            }
        }

        return inverse;
    }
}
