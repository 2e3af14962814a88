using System.Numerics;
using System.Runtime.Intrinsics;
using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive;

/// <summary>
/// Finds the codewords of a vector, one of each codebook in order, that minimise Σ_k λ_k ‖w_k − p_k‖², p_k being the sum of the first k. After
/// each codebook the best few sums are kept. The levels may have one target w or one each, and lengths may be taken in a metric of each level's own.
/// One searcher a thread.
/// </summary>
internal sealed unsafe class BeamSearch : IDisposable
{
    private readonly SearchTables _tables;
    private readonly int _width;
    private readonly BestCandidates _best;
    private readonly NativeBuffer _scores;
    private readonly NativeBuffer _minima;
    private readonly NativeBuffer _bases;
    private readonly NativeBuffer _weighted;
    private readonly float[] _sum;
    private readonly Step[] _steps;
    private readonly int _codeBits;
    private Paths _paths;
    private Paths _next;

    /// <summary>Makes room for searches.</summary>
    /// <param name="tables">The codebooks and the weights of the levels.</param>
    /// <param name="width">Paths kept after each codebook, at least 1.</param>
    public BeamSearch(SearchTables tables, int width)
    {
        Codebooks codebooks = tables.Codebooks;
        _tables = tables;
        _width = width;
        _best = new BestCandidates(width);
        _scores = new NativeBuffer((long)width * codebooks.Codewords * sizeof(float));
        _minima = new NativeBuffer((long)width * codebooks.Codewords * sizeof(float));
        _bases = new NativeBuffer((long)width * sizeof(float));
        _weighted = new NativeBuffer((long)width * codebooks.Dimension * sizeof(float));
        _sum = new float[codebooks.Dimension];
        _steps = new Step[codebooks.Count * width];
        _codeBits = BitOperations.Log2((uint)codebooks.Codewords);
        _paths = new Paths(width, codebooks.Dimension);
        _next = new Paths(width, codebooks.Dimension);
    }

    /// <summary>Searches the codes of one vector.</summary>
    /// <param name="vector">The vector [dimension].</param>
    /// <param name="codes">Receives a code a codebook [M].</param>
    /// <returns>The weighted squared error Σ_k λ_k ‖w − p_k‖².</returns>
    public float Search(ReadOnlySpan<float> vector, Span<ushort> codes) => Search(vector, default, codes);

    /// <summary>Searches the codes of one vector that has a target a level.</summary>
    /// <param name="targets">w_k of each prefix [M, dimension], or one for all [dimension].</param>
    /// <param name="metric">How each level measures; default for plain squares.</param>
    /// <param name="codes">Receives a code a codebook [M].</param>
    /// <returns>The weighted squared error Σ_k λ_k (w_k − p_k)ᵀ M_k (w_k − p_k).</returns>
    public float Search(ReadOnlySpan<float> targets, SearchMetric metric, Span<ushort> codes)
    {
        Codebooks codebooks = _tables.Codebooks;
        int dimension = codebooks.Dimension;
        _paths.Start(targets[..dimension]);
        for (int m = 0; m < codebooks.Count; m++)
        {
            Extend(m, metric, keep: m + 1 < codebooks.Count ? _width : 1);
            (_paths, _next) = (_next, _paths);
            if (targets.Length > dimension && m + 1 < codebooks.Count) _paths.Move(targets.Slice(m * dimension, dimension), targets.Slice((m + 1) * dimension, dimension));
        }

        int path = 0;
        for (int m = codebooks.Count - 1; m >= 0; m--)
        {
            Step step = _steps[(m * _width) + path];
            codes[m] = step.Code;
            path = step.From;
        }

        return _paths.Costs[0];
    }

    /// <summary>The weighted squared error of given codes.</summary>
    /// <param name="vector">The vector [dimension].</param>
    /// <param name="codes">A code a codebook [M].</param>
    public float Cost(ReadOnlySpan<float> vector, ReadOnlySpan<ushort> codes) => Cost(vector, default, codes);

    /// <summary>The weighted squared error of given codes of one vector that has a target a level.</summary>
    /// <param name="targets">w_k of each prefix [M, dimension], or one for all [dimension].</param>
    /// <param name="metric">How each level measures; default for plain squares.</param>
    /// <param name="codes">A code a codebook [M].</param>
    public float Cost(ReadOnlySpan<float> targets, SearchMetric metric, ReadOnlySpan<ushort> codes)
    {
        int dimension = _sum.Length;
        targets[..dimension].CopyTo(_sum);
        float cost = 0;
        fixed (float* sum = _sum)
        {
            for (int m = 0; m < codes.Length; m++)
            {
                float rest = Subtract(_sum, _tables.Codebooks.Codeword(m, codes[m]), _sum);
                if (!metric.IsPlain && _tables.Weights[m] > 0) rest = metric.Weigh(m, sum, (float*)_weighted.Pointer);
                cost += _tables.Weights[m] * rest;
                if (targets.Length == dimension || m + 1 == codes.Length) continue;
                for (int i = 0; i < dimension; i++) sum[i] += targets[((m + 1) * dimension) + i] - targets[(m * dimension) + i];
            }
        }

        return cost;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scores.Dispose();
        _minima.Dispose();
        _bases.Dispose();
        _weighted.Dispose();
    }

    private static float Subtract(ReadOnlySpan<float> from, ReadOnlySpan<float> codeword, Span<float> difference)
    {
        Vector128<float> squares = Vector128<float>.Zero;
        for (int j = 0; j < codeword.Length; j += Vector128<float>.Count)
        {
            Vector128<float> rest = Vector128.Create(from[j..]) - Vector128.Create(codeword[j..]);
            rest.CopyTo(difference[j..]);
            squares += rest * rest;
        }

        return Vector128.Sum(squares);
    }

    private void Extend(int m, SearchMetric metric, int keep)
    {
        Codebooks codebooks = _tables.Codebooks;
        int codewords = codebooks.Codewords;
        int dimension = codebooks.Dimension;
        var bases = (float*)_bases.Pointer;
        var scores = (float*)_scores.Pointer;
        var minima = (float*)_minima.Pointer;
        var weighted = (float*)_weighted.Pointer;
        fixed (float* residuals = _paths.Residuals)
        {
            if (!metric.IsPlain)
            {
                for (int p = 0; p < _paths.Count; p++) _paths.Norms[p] = metric.Weigh(m, residuals + (p * dimension), weighted + (p * dimension));
            }

            for (int p = 0; p < _paths.Count; p++) bases[p] = _paths.Costs[p] + (_tables.Guides[m] * _paths.Norms[p]);
            CandidateScores.Fill(
                metric.IsPlain ? residuals : weighted, bases, _paths.Count, _tables.Transposed(m), metric.IsPlain ? _tables.Norms(m) : metric.Norms(m),
                codewords, dimension, scores, minima);
        }

        int block = CandidateScores.BlockOf(codewords);
        _best.Choose(scores, minima, _paths.Count * codewords / block, block, keep);
        _next.Count = _best.Count;
        fixed (float* residuals = _next.Residuals)
        {
            for (int q = 0; q < _best.Count; q++)
            {
                // Codewords are a power of two of 16 or more, so shift and mask take place and path apart.
                int p = _best[q] >> _codeBits;
                int code = _best[q] & (codewords - 1);
                float rest = Subtract(_paths.ResidualOf(p), codebooks.Codeword(m, code), _next.ResidualOf(q));
                if (!metric.IsPlain) rest = metric.Weigh(m, residuals + (q * dimension), weighted);
                _next.Norms[q] = rest;
                _next.Costs[q] = _paths.Costs[p] + (_tables.Weights[m] * rest);
                _steps[(m * _width) + q] = new Step((ushort)p, (ushort)code);
            }
        }
    }

    /// <summary>How a path was reached.</summary>
    /// <param name="From">The path that it extends.</param>
    /// <param name="Code">The codeword that it adds.</param>
    private readonly record struct Step(ushort From, ushort Code);

    /// <summary>Sums of codewords under consideration.</summary>
    private sealed class Paths(int width, int dimension)
    {
        /// <summary>Paths in use.</summary>
        public int Count { get; set; }

        /// <summary>What each path has left of the vector [width, dimension].</summary>
        public float[] Residuals { get; } = new float[width * dimension];

        /// <summary>‖residual‖² of each path, in the metric of the level that it has reached.</summary>
        public float[] Norms { get; } = new float[width];

        /// <summary>The weighted squared error of the levels that each path has passed.</summary>
        public float[] Costs { get; } = new float[width];

        public Span<float> ResidualOf(int path) => Residuals.AsSpan(path * dimension, dimension);

        /// <summary>Residuals to one target become residuals to another.</summary>
        public void Move(ReadOnlySpan<float> from, ReadOnlySpan<float> to)
        {
            for (int p = 0; p < Count; p++)
            {
                Span<float> residual = ResidualOf(p);
                for (int j = 0; j < residual.Length; j++) residual[j] += to[j] - from[j];
            }
        }

        public void Start(ReadOnlySpan<float> vector)
        {
            Count = 1;
            Costs[0] = 0;
            vector.CopyTo(Residuals);
            Norms[0] = 0;
            foreach (float element in vector) Norms[0] += element * element;
        }
    }
}
