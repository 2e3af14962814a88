using System.Runtime.Intrinsics;

namespace Dropwise.Quantization.Additive;

/// <summary>
/// How the code search measures errors of one run of inputs: ‖e‖² = eᵀ M_k e at level k, M_k = U_k U_kᵀ being the run's block of the factor of the level's
/// moments. The default measures plain squares.
/// </summary>
internal readonly unsafe struct SearchMetric
{
    private readonly float* _matrices;
    private readonly float* _norms;
    private readonly int _dimension;
    private readonly int _codewords;

    /// <summary>Points at what <see cref="SearchMetrics"/> computed.</summary>
    /// <param name="matrices">M_k of each codebook's level [M, dimension, dimension].</param>
    /// <param name="norms">g_k cᵀ M_k c [M, codewords], 64-byte aligned.</param>
    /// <param name="dimension">Elements of a run, a multiple of 4.</param>
    /// <param name="codewords">Codewords of a codebook.</param>
    public SearchMetric(float* matrices, float* norms, int dimension, int codewords)
    {
        _matrices = matrices;
        _norms = norms;
        _dimension = dimension;
        _codewords = codewords;
    }

    /// <summary>Whether errors are plain squares.</summary>
    public bool IsPlain => _matrices is null;

    /// <summary>M_k of each codebook's level [M, dimension, dimension]; those of the next run follow.</summary>
    public float* Matrices => _matrices;

    /// <summary>g_k cᵀ M_k c, [codewords].</summary>
    /// <param name="codebook">0 to M − 1.</param>
    public float* Norms(int codebook) => _norms + (codebook * _codewords);

    /// <summary>M_k e, and eᵀ M_k e.</summary>
    /// <param name="codebook">0 to M − 1.</param>
    /// <param name="error">e [dimension].</param>
    /// <param name="product">Receives M_k e [dimension].</param>
    public float Weigh(int codebook, float* error, float* product)
    {
        float* row = _matrices + (codebook * _dimension * _dimension);
        Vector128<float> squares = Vector128<float>.Zero;
        for (int first = 0; first < _dimension; first += Vector128<float>.Count)
        {
            Vector128<float> sum = Vector128<float>.Zero;

            // Symmetric: a row is a column, so that lanes are elements of the product.
            for (int j = 0; j < _dimension; j++)
                sum = Vector128.FusedMultiplyAdd(Vector128.Load(row + (j * _dimension) + first), Vector128.Create(error[j]), sum);
            sum.Store(product + first);
            squares = Vector128.FusedMultiplyAdd(sum, Vector128.Load(error + first), squares);
        }

        return Vector128.Sum(squares);
    }
}
