using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>What codes leave of each level's target, tr((T − Ŵ) H (T − Ŵ)ᵀ), computed from nothing but the codes.</summary>
internal static unsafe class LevelErrors
{
    private const int RowsPerPiece = 64;

    /// <summary>Computes the errors.</summary>
    /// <param name="levels">The levels; their weights have no part in it.</param>
    /// <param name="codes">The codes.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>An error a level.</returns>
    public static double[] Of(MomentsLevel[] levels, AdditiveCodes codes, QuantizationRun run)
    {
        int columns = codes.Columns;
        var parts = new double[(codes.Rows + RowsPerPiece - 1) / RowsPerPiece, levels.Length];
        run.ForPieces(codes.Rows, RowsPerPiece, (start, end) =>
        {
            int rows = end - start;
            float[] errors = new float[rows * columns], products = new float[rows * columns];
            for (int l = 0; l < levels.Length; l++)
            {
                codes.Errors(levels[l], start, errors);
                fixed (float* e = errors, h = levels[l].Moments, p = products)
                {
                    FloatProduct.Run(new FloatView(e, rows, columns), new FloatView(h, columns, columns), new FloatView(p, rows, columns));
                    for (int i = 0; i < rows; i++)
                    {
                        double scale = codes.Scales[start + i];
                        parts[start / RowsPerPiece, l] += scale * scale * VectorOperations.Dot(e + ((nint)i * columns), p + ((nint)i * columns), columns);
                    }
                }
            }
        });

        var sums = new double[levels.Length];
        for (int piece = 0; piece < parts.GetLength(0); piece++)
        {
            for (int l = 0; l < sums.Length; l++) sums[l] += parts[piece, l];
        }

        return sums;
    }

    /// <summary>Σ_l λ_l D_l.</summary>
    /// <param name="levels">The levels.</param>
    /// <param name="codes">The codes.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static double Weighted(MomentsLevel[] levels, AdditiveCodes codes, QuantizationRun run) => MomentsLevel.Sum(levels, Of(levels, codes, run));
}
