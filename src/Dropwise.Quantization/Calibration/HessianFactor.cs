namespace Dropwise.Quantization.Calibration;

/// <summary>
/// The upper triangular root of an input's second moments: H + δ·mean(diag H)·I = U Uᵀ. The weighted error of a matrix is the plain error behind it,
/// tr(Δ H Δᵀ) = ‖Δ U‖², and column j of Δ U has errors of inputs up to j only: a method that settles inputs in ascending order knows, before input j,
/// all of it but Δ_j U_jj. (GPTQ's factor of H⁻¹ is U⁻¹; nothing needs it.)
/// </summary>
public static class HessianFactor
{
    /// <summary>Computes U.</summary>
    /// <param name="moments">H, its lower triangle read; left as it is.</param>
    /// <param name="damping">
    /// δ ≥ 0: what is added to the diagonal, in parts of the mean over inputs that are not dead. A dead input, whose moments are zero, has the added part
    /// alone (what its weights are matters least then), or 1 where nothing is added.
    /// </param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>U [K, K], row-major, zeros below its diagonal.</returns>
    /// <exception cref="QuantizationException">A moment is NaN or infinite, or what is added does not make the moments positive definite.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public static double[] Upper(InputMoments moments, double damping, QuantizationRun run)
    {
        int size = moments.Columns;
        double added = AddedTo(moments, damping, run);

        // Reversing both axes, which is reversing the flat array, turns L Lᵀ into U Uᵀ.
        double[] factor = [.. moments.Hessian];
        Array.Reverse(factor);
        for (int i = 0; i < size; i++)
        {
            ref double diagonal = ref factor[((long)i * size) + i];
            diagonal += added;
            if (diagonal == 0) diagonal = 1;
        }

        int refused = CholeskyFactor.Lower(factor, size, run);
        if (refused >= 0) throw Refused(moments, refused, damping);
        for (int i = 0; i < size; i++) Array.Clear(factor, checked((i * size) + i + 1), size - 1 - i);
        Array.Reverse(factor);
        return factor;
    }

    /// <summary>What damping adds to the diagonal of moments that are to be factored.</summary>
    /// <param name="moments">H.</param>
    /// <param name="damping">δ.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <exception cref="QuantizationException">A moment is NaN or infinite, or the damping negative.</exception>
    internal static double AddedTo(InputMoments moments, double damping, QuantizationRun run)
    {
        if (!(damping >= 0) || !double.IsFinite(damping))
            throw new QuantizationException(FormattableString.Invariant($"damping is {damping}, and has to be 0 or more"));
        RequireFinite(moments, run);
        return Added(moments, damping);
    }

    /// <summary>Says that moments are not positive definite.</summary>
    /// <param name="moments">H.</param>
    /// <param name="row">The row, of the axes turned round, whose pivot is not positive.</param>
    /// <param name="damping">δ.</param>
    internal static QuantizationException Refused(InputMoments moments, int row, double damping) => new(FormattableString.Invariant(
        $"the moments of {moments.Columns} inputs are not positive definite at input {moments.Columns - 1 - row}: damping of {damping} is too little"));

    /// <summary>What damping adds to the diagonal of moments.</summary>
    /// <param name="moments">H.</param>
    /// <param name="damping">δ.</param>
    internal static double Added(InputMoments moments, double damping) => damping * LiveMean(moments);

    private static void RequireFinite(InputMoments moments, QuantizationRun run)
    {
        int size = moments.Columns;
        run.ForPieces(size, 64, (start, end) =>
        {
            for (int i = start; i < end; i++)
            {
                ReadOnlySpan<double> row = moments.Hessian.AsSpan(i * size, size);
                for (int j = 0; j < size; j++)
                {
                    if (!double.IsFinite(row[j]))
                        throw new QuantizationException(FormattableString.Invariant($"the moment of inputs {i} and {j} is {row[j]}"));
                }
            }
        });
    }

    private static double LiveMean(InputMoments moments)
    {
        double sum = 0;
        int live = 0;
        for (int i = 0; i < moments.Columns; i++)
        {
            double diagonal = moments.Hessian[((long)i * moments.Columns) + i];
            if (diagonal != 0) live++;
            sum += diagonal;
        }

        return live == 0 ? 0 : sum / live;
    }
}
