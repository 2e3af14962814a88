using Dropwise.Quantization.Additive;

namespace Dropwise.Quantization.Tests.Additive;

public sealed class CodebookLeastSquaresTests
{
    [Fact]
    public void No_small_move_of_a_used_codeword_lowers_the_error()
    {
        float[] weights = [0.5f, 0, 2];
        var vectors = new VectorSet(4, Matrices.Gaussian(500, 4).Values);
        var codebooks = new Codebooks(3, 16, 4);
        var random = new Random(7);
        ushort[][] codes = [.. Enumerable.Range(0, 3).Select(_ => vectors.Values[..500].Select(_ => (ushort)random.Next(16)).ToArray())];
        var squares = new CodebookLeastSquares(vectors, weights);
        for (int i = 0; i < 3; i++) squares.Improve(codebooks, codes, QuantizationRun.Default);
        double optimum = Error(vectors, codebooks, weights, codes);
        foreach (int element in (ReadOnlySpan<int>)[0, 37, 64, 101, 130, 191])
        {
            foreach (float move in (ReadOnlySpan<float>)[-0.05f, 0.05f])
            {
                codebooks.Values[element] += move;
                Assert.True(Error(vectors, codebooks, weights, codes) > optimum, $"element {element}, {move}");
                codebooks.Values[element] -= move;
            }
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(48)]
    [InlineData(272)]
    public void Cholesky_solves_what_it_is_given(int size)
    {
        FloatMatrix root = Matrices.Gaussian(size, size + 8);
        var matrix = new float[size * size];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++) matrix[(i * size) + j] = Dot(root.Row(i), root.Row(j)) + (i == j ? size : 0);
        }

        FloatMatrix expected = Matrices.Gaussian(size, 8, seed: 2);
        var right = new float[size * 8];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                for (int c = 0; c < 8; c++) right[(i * 8) + c] += matrix[(Math.Max(i, j) * size) + Math.Min(i, j)] * expected.Row(j)[c];
            }
        }

        Cholesky.Factor(matrix, size, QuantizationRun.Default);
        Cholesky.Solve(matrix, size, right, 8);
        for (int i = 0; i < right.Length; i++) Assert.Equal(expected.Values[i], right[i], 1e-3f);
    }

    [Fact]
    public void A_matrix_that_is_not_positive_definite_is_refused()
    {
        var matrix = new float[16 * 16];
        for (int i = 0; i < 16; i++) matrix[i * 17] = i == 9 ? -1 : 1;
        Assert.Throws<ArithmeticException>(() => Cholesky.Factor(matrix, 16, QuantizationRun.Default));
    }

    private static double Error(VectorSet vectors, Codebooks codebooks, float[] weights, ushort[][] codes)
    {
        using var tables = new SearchTables(codebooks, weights);
        using var search = new BeamSearch(tables, 1);
        double sum = 0;
        for (int v = 0; v < vectors.Count; v++) sum += search.Cost(vectors[v], [.. codes.Select(plane => plane[v])]);
        return sum;
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        float sum = 0;
        for (int i = 0; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }
}
