using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>Z (U Uᵀ)⁻¹ for rows Z and an upper triangular U, in float32 by blocks, so that nearly all the work is matrix products.</summary>
internal static unsafe class TriangularSolve
{
    private const int Block = 64;
    private const int RowsPerPiece = 96;

    /// <summary>Replaces rows Z by Z (U Uᵀ)⁻¹.</summary>
    /// <param name="rows">Z [count, K], overwritten.</param>
    /// <param name="factor">U [K, K], upper triangular with a positive diagonal.</param>
    /// <param name="columns">K.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static void Run(float[] rows, double[] factor, int columns, QuantizationRun run)
    {
        float[] upper = Floats.Of(factor, run);
        float[][] inverses = new float[(columns + Block - 1) / Block][];
        run.ForPieces(inverses.Length, 1, (index, _) => inverses[index] = Inverse(factor, columns, index * Block));
        run.ForPieces(rows.Length / columns, RowsPerPiece, (start, end) =>
        {
            fixed (float* values = &rows[start * columns], u = upper)
            {
                FloatView z = new(values, end - start, columns), triangle = new(u, columns, columns);

                // Y Uᵀ = Z from the last block, then P U = Y from the first.
                for (int block = inverses.Length - 1; block >= 0; block--)
                {
                    int first = block * Block, width = Math.Min(Block, columns - first), next = first + width;
                    if (next < columns) Subtract(z.Part(0, z.Rows, next, columns - next), triangle.Part(first, width, next, columns - next).Transposed, z.Part(0, z.Rows, first, width));
                    Multiply(z.Part(0, z.Rows, first, width), inverses[block], isTransposed: true);
                }

                for (int block = 0; block < inverses.Length; block++)
                {
                    int first = block * Block, width = Math.Min(Block, columns - first);
                    if (first > 0) Subtract(z.Part(0, z.Rows, 0, first), triangle.Part(0, first, first, width), z.Part(0, z.Rows, first, width));
                    Multiply(z.Part(0, z.Rows, first, width), inverses[block], isTransposed: false);
                }
            }
        });
    }

    private static void Subtract(FloatView a, FloatView b, FloatView from)
    {
        float* scratch = stackalloc float[RowsPerPiece * Block];
        FloatView product = new(scratch, from.Rows, from.Columns);
        FloatProduct.Run(a, b, product);
        for (int row = 0; row < from.Rows; row++) VectorOperations.AddScaled(product.At(row, 0), -1, from.At(row, 0), from.Columns);
    }

    private static void Multiply(FloatView z, float[] inverse, bool isTransposed)
    {
        float* scratch = stackalloc float[RowsPerPiece * Block];
        FloatView product = new(scratch, z.Rows, z.Columns);
        fixed (float* pointer = inverse)
        {
            FloatView block = new(pointer, z.Columns, z.Columns);
            FloatProduct.Run(z, isTransposed ? block.Transposed : block, product);
        }

        for (int row = 0; row < z.Rows; row++) new ReadOnlySpan<float>(product.At(row, 0), z.Columns).CopyTo(new Span<float>(z.At(row, 0), z.Columns));
    }

    /// <summary>The inverse of a block on the diagonal, upper triangular too.</summary>
    private static float[] Inverse(double[] factor, int columns, int first)
    {
        int size = Math.Min(Block, columns - first);
        var inverse = new double[size * size];
        for (int i = size - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = factor.AsSpan(checked(((first + i) * columns) + first), size);
            for (int j = i; j < size; j++)
            {
                double sum = i == j ? 1 : 0;
                for (int k = i + 1; k <= j; k++) sum -= row[k] * inverse[(k * size) + j];
                inverse[(i * size) + j] = sum / row[i];
            }
        }

        return [.. inverse.Select(static value => (float)value)];
    }
}
