using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive;

/// <summary>The nearest codeword of one codebook for each of many vectors; one a thread.</summary>
internal sealed unsafe class NearestCodewords : IDisposable
{
    // As many vectors as fill the wide form of the scoring loop twice.
    private const int Batch = 8;

    private readonly SearchTables _tables;
    private readonly BestCandidates _best = new(1);
    private readonly NativeBuffer _bases = new(Batch * sizeof(float));
    private readonly NativeBuffer _scores;
    private readonly NativeBuffer _minima;

    /// <summary>Makes room for searches.</summary>
    /// <param name="tables">Tables of one codebook.</param>
    public NearestCodewords(SearchTables tables)
    {
        _tables = tables;
        _scores = new NativeBuffer((long)Batch * tables.Codebooks.Codewords * sizeof(float));
        _minima = new NativeBuffer((long)Batch * tables.Codebooks.Codewords * sizeof(float));
    }

    /// <summary>Finds the codewords of consecutive vectors.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="start">The first.</param>
    /// <param name="end">The one after the last.</param>
    /// <param name="codes">Receives a code a vector, at the vector's index.</param>
    public void Find(VectorSet vectors, int start, int end, ushort[] codes)
    {
        int codewords = _tables.Codebooks.Codewords;
        int dimension = _tables.Codebooks.Dimension;
        int block = CandidateScores.BlockOf(codewords);
        int blocks = codewords / block;
        int lanes = blocks * CandidateScores.Lanes;
        var scores = (float*)_scores.Pointer;
        var minima = (float*)_minima.Pointer;
        fixed (float* values = vectors.Values)
        {
            for (int v = start; v < end; v += Batch)
            {
                // A vector's own norm is the same for all codewords, so the bases stay zero.
                int count = Math.Min(Batch, end - v);
                CandidateScores.Fill(
                    values + ((long)v * dimension), (float*)_bases.Pointer, count, _tables.Transposed(0), _tables.Norms(0), codewords, dimension, scores, minima);
                for (int i = 0; i < count; i++)
                {
                    _best.Choose(scores + (i * codewords), minima + (i * lanes), blocks, block, 1);
                    codes[v + i] = (ushort)_best[0];
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bases.Dispose();
        _scores.Dispose();
        _minima.Dispose();
    }
}
