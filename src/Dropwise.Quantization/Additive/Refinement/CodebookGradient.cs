using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>The gradient on the processor, where neither rows nor their products are in memory whole.</summary>
/// <param name="levels">The levels, ascending.</param>
/// <param name="codes">The codes.</param>
/// <param name="run">Workers and cancellation.</param>
internal sealed unsafe class CodebookGradient(MomentsLevel[] levels, AdditiveCodes codes, QuantizationRun run) : ICodebookGradient
{
    private const int RowsPerPiece = 64;

    private readonly int _elements = codes.Codebooks.Values.Length;

    /// <inheritdoc/>
    public double Error() => LevelErrors.Weighted(levels, codes, run);

    /// <inheritdoc/>
    public void Fill(float[] gradient) => Sum(gradient, (piece, row) =>
    {
        for (int m = codes.Codebooks.Count; m > 0; m--)
        {
            if (Level(m) is { } level)
            {
                codes.Errors(level, row, piece.Values);
                piece.Accumulate(level, codes.Scales.AsSpan(row));
            }

            codes.Scatter(piece.Sums, m - 1, row, piece.Gradient);
        }
    });

    /// <inheritdoc/>
    public void Multiply(Codebooks change, float[] product) => Sum(product, (piece, row) =>
    {
        Span<float> values = piece.Values;
        values.Clear();
        for (int m = 0; m < change.Count; m++) codes.Add(change, m, row, 1, values);
        for (int m = change.Count; m > 0; m--)
        {
            if (Level(m) is { } level) piece.Accumulate(level, codes.Scales.AsSpan(row));
            codes.Scatter(piece.Sums, m - 1, row, piece.Gradient);
            codes.Add(change, m - 1, row, -1, values);
        }
    });

    /// <inheritdoc/>
    public void Diagonal(float[] diagonal) => Sum(diagonal, (piece, row) =>
    {
        int columns = codes.Columns;
        for (int m = codes.Codebooks.Count; m > 0; m--)
        {
            if (Level(m) is { } level)
            {
                for (int i = 0; i < piece.Rows; i++)
                {
                    float weight = level.Weight * codes.Scales[row + i] * codes.Scales[row + i];
                    Span<float> sums = piece.Sums.Slice(i * columns, columns);
                    for (int k = 0; k < columns; k++) sums[k] += weight * level.Moments[((long)k * columns) + k];
                }
            }

            codes.Scatter(piece.Sums, m - 1, row, piece.Gradient);
        }
    });

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private MomentsLevel? Level(int codebooks)
    {
        int index = codebooks - 1 - (codes.Codebooks.Count - levels.Length);
        return index >= 0 && levels[index].Weight > 0 ? levels[index] : null;
    }

    private void Sum(float[] total, Action<Piece, int> body)
    {
        int pieces = (codes.Rows + RowsPerPiece - 1) / RowsPerPiece;
        var parts = new float[pieces][];
        run.ForPieces(codes.Rows, RowsPerPiece, (start, end) =>
        {
            var piece = new Piece(end - start, codes.Columns, _elements);
            body(piece, start);
            parts[start / RowsPerPiece] = piece.Gradient;
        });

        // In the order of pieces, so that rounding does not depend on who finished first.
        for (int i = 0; i < total.Length; i++)
        {
            double sum = 0;
            foreach (float[] part in parts) sum += part[i];
            total[i] = (float)sum;
        }
    }

    /// <summary>What one thread needs for some rows.</summary>
    private sealed class Piece(int rows, int columns, int elements)
    {
        private readonly float[] _values = new float[rows * columns];
        private readonly float[] _products = new float[rows * columns];
        private readonly float[] _sums = new float[rows * columns];

        public int Rows => rows;

        /// <summary>E of the level at hand [rows, K].</summary>
        public Span<float> Values => _values;

        /// <summary>Σ λ s² E H of the level at hand and those above [rows, K].</summary>
        public Span<float> Sums => _sums;

        /// <summary>The rows' part of the gradient.</summary>
        public float[] Gradient { get; } = new float[elements];

        /// <summary>Adds a level to the sums.</summary>
        public void Accumulate(MomentsLevel level, ReadOnlySpan<float> scales)
        {
            fixed (float* e = _values, h = level.Moments, p = _products, sums = _sums)
            {
                FloatProduct.Run(new FloatView(e, rows, columns), new FloatView(h, columns, columns), new FloatView(p, rows, columns));
                for (int i = 0; i < rows; i++)
                    VectorOperations.AddScaled(p + ((nint)i * columns), level.Weight * scales[i] * scales[i], sums + ((nint)i * columns), columns);
            }
        }
    }
}
