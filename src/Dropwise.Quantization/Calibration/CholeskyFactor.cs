using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// A = L Lᵀ in float64 for matrices of thousands of rows. Left-looking over blocks of columns: nearly all work is tiles of 4 × 4 dot products of
/// contiguous rows, cut along the rows so that a block's part stays in cache, and shared by all workers.
/// </summary>
internal static class CholeskyFactor
{
    private const int BlockColumns = 32;

    // 32 rows of the block by this length are 64 KiB: they stay in the second-level cache while all rows below pass by.
    private const int PartLength = 256;

    private const int RowsPerPiece = 32;

    /// <summary>Replaces the lower triangle of A by L.</summary>
    /// <param name="matrix">A [size, size], row-major; what is above its diagonal means nothing afterwards.</param>
    /// <param name="size">Rows.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>−1, or the first row whose pivot is not positive, where the work ended.</returns>
    public static int Lower(double[] matrix, int size, QuantizationRun run)
    {
        for (int first = 0; first < size; first += BlockColumns)
        {
            int block = first;
            int end = Math.Min(first + BlockColumns, size);
            Update(matrix, size, first, end, first, end);
            int refused = FactorDiagonal(matrix, size, first, end);
            if (refused >= 0) return refused;
            run.ForPieces(size - end, RowsPerPiece, (start, stop) =>
            {
                Update(matrix, size, end + start, end + stop, block, end);
                for (int i = end + start; i < end + stop; i++) SolveRow(matrix, size, i, block, end);
            });
        }

        return -1;
    }

    // A[rows, block] −= L[rows, 0 … block) · L[block, 0 … block)ᵀ.
    private static void Update(double[] matrix, int size, int firstRow, int endRow, int first, int end)
    {
        for (int part = 0; part < first; part += PartLength)
        {
            int length = Math.Min(PartLength, first - part);
            int i = firstRow;
            for (; i + 4 <= endRow; i += 4)
            {
                int j = first;
                for (; j + 4 <= end; j += 4) SubtractTile(matrix, size, i, j, part, length);
                for (; j < end; j++) SubtractColumn(matrix, size, i, i + 4, j, part, length);
            }

            for (int j = first; j < end; j++) SubtractColumn(matrix, size, i, endRow, j, part, length);
        }
    }

    private static void SubtractColumn(double[] matrix, int size, int firstRow, int endRow, int j, int part, int length)
    {
        ReadOnlySpan<double> other = matrix.AsSpan((j * size) + part, length);
        for (int i = firstRow; i < endRow; i++) matrix[(i * size) + j] -= Dot(matrix.AsSpan((i * size) + part, length), other);
    }

    // Rows i … i+4 against rows j … j+4. Blocks start at multiples of 32, so whole vectors cover the dot products.
    private static void SubtractTile(double[] matrix, int size, int i, int j, int part, int length)
    {
        ref double a0 = ref matrix[(i * size) + part];
        ref double a1 = ref matrix[((i + 1) * size) + part];
        ref double a2 = ref matrix[((i + 2) * size) + part];
        ref double a3 = ref matrix[((i + 3) * size) + part];
        ref double b0 = ref matrix[(j * size) + part];
        ref double b1 = ref matrix[((j + 1) * size) + part];
        ref double b2 = ref matrix[((j + 2) * size) + part];
        ref double b3 = ref matrix[((j + 3) * size) + part];
        Vector512<double> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<double> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<double> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<double> s30 = default, s31 = default, s32 = default, s33 = default;
        for (nuint k = 0; k < (nuint)length; k += 8)
        {
            Vector512<double> x0 = Vector512.LoadUnsafe(ref a0, k);
            Vector512<double> x1 = Vector512.LoadUnsafe(ref a1, k);
            Vector512<double> x2 = Vector512.LoadUnsafe(ref a2, k);
            Vector512<double> x3 = Vector512.LoadUnsafe(ref a3, k);
            Vector512<double> y = Vector512.LoadUnsafe(ref b0, k);
            s00 = Vector512.FusedMultiplyAdd(x0, y, s00);
            s10 = Vector512.FusedMultiplyAdd(x1, y, s10);
            s20 = Vector512.FusedMultiplyAdd(x2, y, s20);
            s30 = Vector512.FusedMultiplyAdd(x3, y, s30);
            y = Vector512.LoadUnsafe(ref b1, k);
            s01 = Vector512.FusedMultiplyAdd(x0, y, s01);
            s11 = Vector512.FusedMultiplyAdd(x1, y, s11);
            s21 = Vector512.FusedMultiplyAdd(x2, y, s21);
            s31 = Vector512.FusedMultiplyAdd(x3, y, s31);
            y = Vector512.LoadUnsafe(ref b2, k);
            s02 = Vector512.FusedMultiplyAdd(x0, y, s02);
            s12 = Vector512.FusedMultiplyAdd(x1, y, s12);
            s22 = Vector512.FusedMultiplyAdd(x2, y, s22);
            s32 = Vector512.FusedMultiplyAdd(x3, y, s32);
            y = Vector512.LoadUnsafe(ref b3, k);
            s03 = Vector512.FusedMultiplyAdd(x0, y, s03);
            s13 = Vector512.FusedMultiplyAdd(x1, y, s13);
            s23 = Vector512.FusedMultiplyAdd(x2, y, s23);
            s33 = Vector512.FusedMultiplyAdd(x3, y, s33);
        }

        Subtract(matrix.AsSpan((i * size) + j, 4), s00, s01, s02, s03);
        Subtract(matrix.AsSpan(((i + 1) * size) + j, 4), s10, s11, s12, s13);
        Subtract(matrix.AsSpan(((i + 2) * size) + j, 4), s20, s21, s22, s23);
        Subtract(matrix.AsSpan(((i + 3) * size) + j, 4), s30, s31, s32, s33);
    }

    private static void Subtract(Span<double> row, Vector512<double> s0, Vector512<double> s1, Vector512<double> s2, Vector512<double> s3)
    {
        row[0] -= Vector512.Sum(s0);
        row[1] -= Vector512.Sum(s1);
        row[2] -= Vector512.Sum(s2);
        row[3] -= Vector512.Sum(s3);
    }

    private static int FactorDiagonal(double[] matrix, int size, int first, int end)
    {
        for (int j = first; j < end; j++)
        {
            SolveRow(matrix, size, j, first, j);
            Span<double> row = matrix.AsSpan(j * size, size);
            double pivot = row[j] - Dot(row[first..j], row[first..j]);
            if (!(pivot > 0)) return j;
            row[j] = Math.Sqrt(pivot);
        }

        return -1;
    }

    // L[i, block] from A[i, block] by forward substitution with the block's triangle.
    private static void SolveRow(double[] matrix, int size, int i, int first, int end)
    {
        Span<double> row = matrix.AsSpan(i * size, size);
        for (int j = first; j < end; j++)
        {
            ReadOnlySpan<double> other = matrix.AsSpan(j * size, size);
            row[j] = (row[j] - Dot(row[first..j], other[first..j])) / other[j];
        }
    }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector256<double> sums = default;
        int k = 0;
        for (; k + 4 <= a.Length; k += 4) sums = Vector256.FusedMultiplyAdd(Vector256.Create(a[k..]), Vector256.Create(b[k..]), sums);
        double sum = Vector256.Sum(sums);
        for (; k < a.Length; k++) sum += a[k] * b[k];
        return sum;
    }
}
