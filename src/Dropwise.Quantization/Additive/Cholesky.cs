using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Additive;

/// <summary>
/// A x = b for symmetric positive definite A in float32, by A = L Lᵀ. Left-looking over blocks of columns, so that nearly all work is dot products
/// of contiguous rows, shared by all workers.
/// </summary>
internal static class Cholesky
{
    private const int BlockColumns = 32;
    private const int RowsPerPiece = 16;

    /// <summary>Replaces the lower triangle of A by L.</summary>
    /// <param name="matrix">A [size, size], row-major; its upper triangle is not read but in the blocks on the diagonal, and means nothing afterwards.</param>
    /// <param name="size">Rows.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <exception cref="ArithmeticException">A is not positive definite.</exception>
    public static void Factor(float[] matrix, int size, QuantizationRun run)
    {
        for (int first = 0; first < size; first += BlockColumns)
        {
            int end = Math.Min(first + BlockColumns, size);
            UpdateRows(matrix, size, first, end, first, end);
            FactorDiagonal(matrix, size, first, end);
            int block = first;
            run.ForPieces(size - end, RowsPerPiece, (start, stop) =>
            {
                UpdateRows(matrix, size, end + start, end + stop, block, end);
                for (int i = end + start; i < end + stop; i++) SolveRow(matrix, size, i, block, end);
            });
        }
    }

    /// <summary>Replaces b by x.</summary>
    /// <param name="factor">L as <see cref="Factor"/> leaves it.</param>
    /// <param name="size">Rows.</param>
    /// <param name="right">b, [size, columns]; receives x.</param>
    /// <param name="columns">Right-hand sides, a multiple of 4.</param>
    public static void Solve(float[] factor, int size, float[] right, int columns)
    {
        for (int c = 0; c < columns; c += Vector128<float>.Count)
        {
            Forward(factor, size, ref right[c], columns);
            Backward(factor, size, ref right[c], columns);
        }
    }

    // L y = b for four right-hand sides.
    private static void Forward(float[] factor, int size, ref float right, int stride)
    {
        for (int i = 0; i < size; i++)
        {
            ReadOnlySpan<float> row = factor.AsSpan(i * size, i + 1);
            Vector128<float> even = Vector128.LoadUnsafe(ref right, (nuint)(i * stride));
            Vector128<float> odd = Vector128<float>.Zero;
            int k = 0;
            for (; k + 2 <= i; k += 2)
            {
                even -= Vector128.Create(row[k]) * Vector128.LoadUnsafe(ref right, (nuint)(k * stride));
                odd -= Vector128.Create(row[k + 1]) * Vector128.LoadUnsafe(ref right, (nuint)((k + 1) * stride));
            }

            if (k < i) even -= Vector128.Create(row[k]) * Vector128.LoadUnsafe(ref right, (nuint)(k * stride));
            ((even + odd) / Vector128.Create(row[i])).StoreUnsafe(ref right, (nuint)(i * stride));
        }
    }

    // Lᵀ x = y for four right-hand sides. Columns of Lᵀ are rows of L: a finished unknown is taken out of all before it.
    private static void Backward(float[] factor, int size, ref float right, int stride)
    {
        for (int i = size - 1; i >= 0; i--)
        {
            ReadOnlySpan<float> row = factor.AsSpan(i * size, i + 1);
            Vector128<float> unknown = Vector128.LoadUnsafe(ref right, (nuint)(i * stride)) / Vector128.Create(row[i]);
            unknown.StoreUnsafe(ref right, (nuint)(i * stride));
            for (int k = 0; k < i; k++)
            {
                Vector128<float> rest = Vector128.LoadUnsafe(ref right, (nuint)(k * stride)) - (Vector128.Create(row[k]) * unknown);
                rest.StoreUnsafe(ref right, (nuint)(k * stride));
            }
        }
    }

    // A[rows, block] −= L[rows, 0 … block) · L[block, 0 … block)ᵀ, two rows against four columns at a time.
    private static void UpdateRows(float[] matrix, int size, int firstRow, int endRow, int first, int end)
    {
        int i = firstRow;
        for (; i + 2 <= endRow; i += 2)
        {
            Span<float> target0 = matrix.AsSpan(i * size, size);
            Span<float> target1 = matrix.AsSpan((i + 1) * size, size);
            int j = first;
            for (; j + 4 <= end; j += 4) Subtract2x4(matrix, size, target0, target1, j, first);
            for (; j < end; j++)
            {
                target0[j] -= Dot(target0[..first], matrix.AsSpan(j * size, first));
                target1[j] -= Dot(target1[..first], matrix.AsSpan(j * size, first));
            }
        }

        for (; i < endRow; i++)
        {
            Span<float> target = matrix.AsSpan(i * size, size);
            for (int j = first; j < end; j++) target[j] -= Dot(target[..first], matrix.AsSpan(j * size, first));
        }
    }

    // Blocks start at multiples of 32, so whole vectors cover the dot products.
    private static void Subtract2x4(float[] matrix, int size, Span<float> row0, Span<float> row1, int j, int length)
    {
        ref float a0 = ref row0[0];
        ref float a1 = ref row1[0];
        ref float b0 = ref matrix[j * size];
        ref float b1 = ref matrix[(j + 1) * size];
        ref float b2 = ref matrix[(j + 2) * size];
        ref float b3 = ref matrix[(j + 3) * size];
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<float> s10 = default, s11 = default, s12 = default, s13 = default;
        for (nuint k = 0; k < (nuint)length; k += 16)
        {
            Vector512<float> x0 = Vector512.LoadUnsafe(ref a0, k);
            Vector512<float> x1 = Vector512.LoadUnsafe(ref a1, k);
            Vector512<float> y = Vector512.LoadUnsafe(ref b0, k);
            s00 = Vector512.FusedMultiplyAdd(x0, y, s00);
            s10 = Vector512.FusedMultiplyAdd(x1, y, s10);
            y = Vector512.LoadUnsafe(ref b1, k);
            s01 = Vector512.FusedMultiplyAdd(x0, y, s01);
            s11 = Vector512.FusedMultiplyAdd(x1, y, s11);
            y = Vector512.LoadUnsafe(ref b2, k);
            s02 = Vector512.FusedMultiplyAdd(x0, y, s02);
            s12 = Vector512.FusedMultiplyAdd(x1, y, s12);
            y = Vector512.LoadUnsafe(ref b3, k);
            s03 = Vector512.FusedMultiplyAdd(x0, y, s03);
            s13 = Vector512.FusedMultiplyAdd(x1, y, s13);
        }

        row0[j] -= Vector512.Sum(s00);
        row0[j + 1] -= Vector512.Sum(s01);
        row0[j + 2] -= Vector512.Sum(s02);
        row0[j + 3] -= Vector512.Sum(s03);
        row1[j] -= Vector512.Sum(s10);
        row1[j + 1] -= Vector512.Sum(s11);
        row1[j + 2] -= Vector512.Sum(s12);
        row1[j + 3] -= Vector512.Sum(s13);
    }

    private static void FactorDiagonal(float[] matrix, int size, int first, int end)
    {
        for (int j = first; j < end; j++)
        {
            SolveRow(matrix, size, j, first, j);
            Span<float> row = matrix.AsSpan(j * size, size);
            float pivot = row[j] - Dot(row[first..j], row[first..j]);
            if (!(pivot > 0)) throw new ArithmeticException($"pivot {j} of {size} is {pivot}: the matrix is not positive definite");
            row[j] = MathF.Sqrt(pivot);
        }
    }

    // L[i, block] from A[i, block] by forward substitution with the block's triangle.
    private static void SolveRow(float[] matrix, int size, int i, int first, int end)
    {
        Span<float> row = matrix.AsSpan(i * size, size);
        for (int j = first; j < end; j++)
        {
            ReadOnlySpan<float> other = matrix.AsSpan(j * size, size);
            row[j] = (row[j] - Dot(row[first..j], other[first..j])) / other[j];
        }
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector256<float> sums = default;
        int k = 0;
        for (; k + 8 <= a.Length; k += 8) sums = Vector256.FusedMultiplyAdd(Vector256.Create(a[k..]), Vector256.Create(b[k..]), sums);
        float sum = Vector256.Sum(sums);
        for (; k < a.Length; k++) sum += a[k] * b[k];
        return sum;
    }
}
