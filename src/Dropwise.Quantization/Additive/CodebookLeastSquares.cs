namespace Dropwise.Quantization.Additive;

/// <summary>
/// Moves all codewords of all codebooks at once to the least weighted squared error of fixed codes. With Λ_m = Σ_{k≥m} λ_k the normal matrix is
/// A[(m, i), (m', j)] = Λ_max(m, m') · (vectors with codes i of m and j of m'), and half the negative gradient is
/// R[(m, i)] = Σ_{v: b_m = i} Σ_{k≥m} λ_k (w − p_k). The step solves (A + ρI) Δ = R.
/// </summary>
/// <param name="vectors">The vectors.</param>
/// <param name="weights">λ of each prefix [M].</param>
internal sealed class CodebookLeastSquares(VectorSet vectors, float[] weights)
{
    // ρ relative to the mean of A's diagonal. It holds still what no vector decides: codewords that are not used, and the constant that could move
    // from one codebook to another where prefixes have no weight. As a step from the present codewords, not a penalty on them, it shifts no optimum.
    private const float Ridge = 1e-4f;

    /// <summary>Improves codebooks in place.</summary>
    /// <param name="codebooks">The codebooks.</param>
    /// <param name="codes">A plane a codebook [M][vectors].</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Improve(Codebooks codebooks, ushort[][] codes, QuantizationRun run)
    {
        int size = codebooks.Count * codebooks.Codewords;
        float[] step = Gradient(codebooks, codes, run);
        float[] matrix = NormalMatrix(codebooks, codes, run);
        Cholesky.Factor(matrix, size, run);
        Cholesky.Solve(matrix, size, step, codebooks.Dimension);
        for (int i = 0; i < step.Length; i++) codebooks.Values[i] += step[i];
    }

    private float[] Gradient(Codebooks codebooks, ushort[][] codes, QuantizationRun run)
    {
        var partial = new float[vectors.Pieces][];
        run.ForPieces(vectors.Count, vectors.Piece, (start, end) =>
        {
            var sums = new float[codebooks.Values.Length];
            int dimension = codebooks.Dimension;
            var errors = new float[codebooks.Count * dimension];
            for (int v = start; v < end; v++)
            {
                // Row m of errors: λ_m (w − p_m), then summed from the last level down.
                ReadOnlySpan<float> rest = vectors[v];
                for (int m = 0; m < codebooks.Count; m++)
                {
                    Span<float> error = errors.AsSpan(m * dimension, dimension);
                    ReadOnlySpan<float> codeword = codebooks.Codeword(m, codes[m][v]);
                    for (int j = 0; j < error.Length; j++) error[j] = rest[j] - codeword[j];
                    rest = error;
                }

                for (int m = codebooks.Count - 1; m >= 0; m--)
                {
                    Span<float> error = errors.AsSpan(m * dimension, dimension);
                    ReadOnlySpan<float> later = m + 1 < codebooks.Count ? errors.AsSpan((m + 1) * dimension, dimension) : default;
                    Span<float> sum = sums.AsSpan(((m * codebooks.Codewords) + codes[m][v]) * dimension, dimension);
                    for (int j = 0; j < error.Length; j++)
                    {
                        error[j] = (weights[m] * error[j]) + (later.IsEmpty ? 0 : later[j]);
                        sum[j] += error[j];
                    }
                }
            }

            partial[start / vectors.Piece] = sums;
        });

        // In the order of pieces, so that rounding does not depend on who finished first.
        var gradient = new double[codebooks.Values.Length];
        foreach (float[] sums in partial)
        {
            for (int i = 0; i < sums.Length; i++) gradient[i] += sums[i];
        }

        return [.. gradient.Select(g => (float)g)];
    }

    private float[] NormalMatrix(Codebooks codebooks, ushort[][] codes, QuantizationRun run)
    {
        int count = codebooks.Count;
        int codewords = codebooks.Codewords;
        int size = count * codewords;
        var matrix = new float[size * size];
        float[] suffix = SuffixSums();

        // Only the lower triangle: one pair of codebooks a piece, whose counts are whole numbers and need no order.
        (int Row, int Column)[] pairs = [.. from row in Enumerable.Range(0, count) from column in Enumerable.Range(0, row + 1) select (row, column)];
        run.ForPieces(pairs.Length, 1, (index, _) =>
        {
            (int row, int column) = pairs[index];
            int[] counts = PairCounts(codes[row], codes[column], codewords);
            for (int i = 0; i < codewords; i++)
            {
                Span<float> target = matrix.AsSpan((((row * codewords) + i) * size) + (column * codewords), codewords);
                for (int j = 0; j < codewords; j++) target[j] = suffix[row] * counts[(i * codewords) + j];
            }
        });

        float ridge = Ridge * suffix.Sum() * vectors.Count / size;
        for (int i = 0; i < size; i++) matrix[(i * size) + i] += ridge;
        return matrix;
    }

    private static int[] PairCounts(ushort[] rowCodes, ushort[] columnCodes, int codewords)
    {
        var counts = new int[codewords * codewords];
        for (int v = 0; v < rowCodes.Length; v++) counts[(rowCodes[v] * codewords) + columnCodes[v]]++;
        return counts;
    }

    private float[] SuffixSums()
    {
        var sums = new float[weights.Length];
        float sum = 0;
        for (int m = weights.Length - 1; m >= 0; m--)
        {
            sum += weights[m];
            sums[m] = sum;
        }

        return sums;
    }
}
