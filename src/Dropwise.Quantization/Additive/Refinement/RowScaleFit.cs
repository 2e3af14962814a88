using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>The row scales of least weighted error for fixed codes and codebooks: Σ λ ⟨T, P⟩ / Σ λ ⟨P, P⟩ of each row, ⟨A, B⟩ being A H Bᵀ.</summary>
internal static unsafe class RowScaleFit
{
    private const int RowsPerPiece = 64;

    /// <summary>Improves the scales.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="codes">The codes; their scales are replaced.</param>
    /// <param name="type">What scales are stored as.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>What the scales have taken off the weighted error.</returns>
    public static double Improve(MomentsLevel[] levels, AdditiveCodes codes, ScalarType type, QuantizationRun run)
    {
        int columns = codes.Columns;
        var gains = new double[codes.Rows];
        run.ForPieces(codes.Rows, RowsPerPiece, (start, end) =>
        {
            int rows = end - start;
            float[] errors = new float[rows * columns], sums = new float[rows * columns], products = new float[rows * columns];
            var cross = new double[rows];
            var squares = new double[rows];
            foreach (MomentsLevel level in levels)
            {
                if (level.Weight == 0) continue;
                codes.Errors(level, start, errors);
                Array.Clear(sums);
                for (int m = 0; m < level.Codebooks; m++) codes.Add(codes.Codebooks, m, start, 1, sums);
                fixed (float* e = errors, p = sums, h = level.Moments, product = products)
                {
                    FloatProduct.Run(new FloatView(p, rows, columns), new FloatView(h, columns, columns), new FloatView(product, rows, columns));
                    for (int i = 0; i < rows; i++)
                    {
                        nint at = (nint)i * columns;
                        cross[i] += level.Weight * VectorOperations.Dot(e + at, product + at, columns);
                        squares[i] += level.Weight * VectorOperations.Dot(p + at, product + at, columns);
                    }
                }
            }

            for (int i = 0; i < rows; i++) gains[start + i] = Improve(ref codes.Scales[start + i], cross[i], squares[i], type);
        });
        return gains.Sum();
    }

    /// <summary>Improves one scale.</summary>
    /// <param name="scale">The scale; replaced where another one gains.</param>
    /// <param name="cross">Σ λ ⟨E, P⟩ of the row, E being T over the scale less P.</param>
    /// <param name="square">Σ λ ⟨P, P⟩.</param>
    /// <param name="type">What scales are stored as.</param>
    /// <returns>What this has taken off the weighted error.</returns>
    public static double Improve(ref float scale, double cross, double square, ScalarType type)
    {
        // T / s = E + P, so the ratio of the new scale to the old is 1 + ⟨E, P⟩ / ⟨P, P⟩.
        if (scale == 0 || square <= 0) return 0;
        float rounded = ScalarRounding.Round(type, (float)(scale * (1 + (cross / square))));

        // With the ratio 1 + r the error changes by s² (r² ⟨P, P⟩ − 2 r ⟨E, P⟩); rounding may turn a small gain into a loss.
        double change = ((double)rounded / scale) - 1, gain = (double)scale * scale * ((2 * change * cross) - (change * change * square));
        if (gain <= 0) return 0;
        scale = rounded;
        return gain;
    }
}
