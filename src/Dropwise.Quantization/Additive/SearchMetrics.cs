using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive;

/// <summary>The metrics of all runs of inputs of a matrix, and the lengths of all codewords in them, which all rows share.</summary>
internal sealed unsafe class SearchMetrics : IDisposable
{
    private readonly SearchTables _tables;
    private readonly NativeBuffer _matrices;
    private readonly NativeBuffer _norms;

    private SearchMetrics(SearchTables tables, int columns, QuantizationRun run, Action<int, int, Span<float>> blockOf)
    {
        _tables = tables;
        Codebooks codebooks = tables.Codebooks;
        int runs = columns / codebooks.Dimension;
        _matrices = new NativeBuffer((long)runs * codebooks.Count * codebooks.Dimension * codebooks.Dimension * sizeof(float));
        _norms = new NativeBuffer((long)runs * codebooks.Count * codebooks.Codewords * sizeof(float));
        run.ForPieces(runs, 1, (index, _) =>
        {
            for (int m = 0; m < codebooks.Count; m++) 
            {
                blockOf(m, index * codebooks.Dimension, new Span<float>(Matrices(index, m), codebooks.Dimension * codebooks.Dimension));
                FillNorms(index, m);
            }
        });
    }

    /// <summary>Metrics of runs whose later inputs will make up for their errors: U_jj U_jjᵀ.</summary>
    /// <param name="tables">The codebooks.</param>
    /// <param name="factors">The factor U of each codebook's level, [K, K] upper triangular.</param>
    /// <param name="columns">Inputs K, a multiple of the codebooks' dimension.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static SearchMetrics OfFactors(SearchTables tables, IReadOnlyList<float[]> factors, int columns, QuantizationRun run)
    {
        int dimension = tables.Codebooks.Dimension;
        return new SearchMetrics(tables, columns, run, (m, first, block) =>
        {
            float[] factor = factors[m];
            for (int i = 0; i < dimension; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    float sum = 0;
                    for (int k = i; k < dimension; k++) sum += factor[((first + i) * columns) + first + k] * factor[((first + j) * columns) + first + k];
                    block[(i * dimension) + j] = sum;
                    block[(j * dimension) + i] = sum;
                }
            }
        });
    }

    /// <summary>Metrics of runs while all other inputs are settled: H_jj.</summary>
    /// <param name="tables">The codebooks.</param>
    /// <param name="moments">H of each codebook's level [K, K].</param>
    /// <param name="columns">Inputs K, a multiple of the codebooks' dimension.</param>
    /// <param name="run">Workers and cancellation.</param>
    public static SearchMetrics OfMoments(SearchTables tables, IReadOnlyList<float[]> moments, int columns, QuantizationRun run)
    {
        int dimension = tables.Codebooks.Dimension;
        return new SearchMetrics(tables, columns, run, (m, first, block) =>
        {
            for (int i = 0; i < dimension; i++) moments[m].AsSpan(((first + i) * columns) + first, dimension).CopyTo(block[(i * dimension)..]);
        });
    }

    /// <summary>The metric of a run.</summary>
    /// <param name="index">The run, from 0.</param>
    public SearchMetric this[int index] => new(Matrices(index, 0), Norms(index, 0), _tables.Codebooks.Dimension, _tables.Codebooks.Codewords);

    /// <inheritdoc/>
    public void Dispose()
    {
        _matrices.Dispose();
        _norms.Dispose();
    }

    private float* Matrices(int index, int m)
    {
        Codebooks codebooks = _tables.Codebooks;
        return (float*)_matrices.Pointer + (((nint)index * codebooks.Count) + m) * codebooks.Dimension * codebooks.Dimension;
    }

    private float* Norms(int index, int m) =>
        (float*)_norms.Pointer + ((((nint)index * _tables.Codebooks.Count) + m) * _tables.Codebooks.Codewords);

    private void FillNorms(int index, int m)
    {
        Codebooks codebooks = _tables.Codebooks;
        SearchMetric metric = this[index];
        float* product = stackalloc float[codebooks.Dimension];
        for (int c = 0; c < codebooks.Codewords; c++)
        {
            fixed (float* codeword = codebooks.Codeword(m, c))
            {
                Norms(index, m)[c] = _tables.Guides[m] * metric.Weigh(m, codeword, product);
            }
        }
    }
}
