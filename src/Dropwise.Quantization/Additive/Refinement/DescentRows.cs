using System.Runtime.Intrinsics;
using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>
/// Some rows in code descent, which know nothing of other rows: S = E H of each level in units of the row scales, kept up with each change of a run: by the run's
/// own rows of H within a batch of inputs, and by one matrix product for all inputs when the batch ends.
/// </summary>
internal sealed unsafe class DescentRows
{
    /// <summary>Inputs after which changes are handed on to all inputs at once.</summary>
    private const int BatchColumns = 128;

    private readonly MomentsLevel[] _levels;
    private readonly float[][] _inverses;
    private readonly AdditiveCodes _codes;
    private readonly int _start;
    private readonly int _rows;
    private readonly int _columns;
    private readonly float[][] _slopes;
    private readonly float[][] _changes;
    private readonly float[][] _local;
    private readonly float[] _aims;
    private readonly float[] _sums;

    /// <summary>Computes the errors of rows and what H makes of them.</summary>
    /// <param name="levels">The levels, ascending.</param>
    /// <param name="inverses">H_jj⁻¹ of each level's runs.</param>
    /// <param name="codes">The codes, which are improved.</param>
    /// <param name="start">The first row.</param>
    /// <param name="rows">Rows.</param>
    public DescentRows(MomentsLevel[] levels, float[][] inverses, AdditiveCodes codes, int start, int rows)
    {
        (_levels, _inverses, _codes, _start, _rows, _columns) = (levels, inverses, codes, start, rows, codes.Columns);
        int dimension = codes.Codebooks.Dimension;
        _slopes = [.. levels.Select(_ => new float[rows * _columns])];
        _changes = [.. levels.Select(_ => new float[rows * BatchColumns])];
        _local = [.. levels.Select(static _ => new float[BatchColumns])];
        _aims = new float[levels.Length * dimension];
        _sums = new float[levels.Length * dimension];
        var errors = new float[rows * _columns];
        for (int l = 0; l < levels.Length; l++)
        {
            codes.Errors(levels[l], start, errors);
            fixed (float* e = errors, h = levels[l].Moments, s = _slopes[l])
            {
                FloatProduct.Run(new FloatView(e, rows, _columns), new FloatView(h, _columns, _columns), new FloatView(s, rows, _columns));
                for (int row = 0; row < rows; row++)
                {
                    double scale = codes.Scales[start + row];
                    Error += scale * scale * levels[l].Weight * VectorOperations.Dot(e + ((nint)row * _columns), s + ((nint)row * _columns), _columns);
                }
            }
        }
    }

    /// <summary>The weighted error of the rows, by what changes have taken off it.</summary>
    public double Error { get; private set; }

    /// <summary>Goes over all inputs once.</summary>
    /// <param name="search">Searches the codebooks.</param>
    /// <param name="metrics">How each level measures each run.</param>
    public void Sweep(BeamSearch search, SearchMetrics metrics)
    {
        for (int first = 0; first < _columns; first += BatchColumns)
        {
            int width = Math.Min(BatchColumns, _columns - first);
            bool isChanged = false;
            foreach (float[] changes in _changes) Array.Clear(changes);
            for (int row = 0; row < _rows; row++)
            {
                if (_codes.Scales[_start + row] != 0) isChanged |= Improve(search, metrics, row, first, width);
            }

            if (!isChanged) continue;
            for (int l = 0; l < _levels.Length; l++)
            {
                fixed (float* changes = _changes[l], h = &_levels[l].Moments[(long)first * _columns], s = _slopes[l])
                {
                    FloatProduct.Run(
                        new FloatView(changes, _rows, width, BatchColumns), new FloatView(h, width, _columns), new FloatView(s, _rows, _columns), accumulate: true);
                }
            }
        }
    }

    private bool Improve(BeamSearch search, SearchMetrics metrics, int row, int first, int width)
    {
        int dimension = _codes.Codebooks.Dimension;
        Span<ushort> present = stackalloc ushort[_codes.Codes.Length], found = stackalloc ushort[_codes.Codes.Length];
        for (int l = 0; l < _levels.Length; l++) _slopes[l].AsSpan((row * _columns) + first, width).CopyTo(_local[l]);
        double gain = 0;
        for (int at = 0; at < width; at += dimension)
        {
            int run = (first + at) / dimension, place = ((_start + row) * (_columns / dimension)) + run;
            for (int m = 0; m < present.Length; m++) present[m] = _codes.Codes[m][place];
            Prefixes(present, _sums);
            for (int l = 0; l < _levels.Length; l++) Aim(l, run, at);
            float before = search.Cost(_aims, metrics[run], present), after = search.Search(_aims, metrics[run], found);
            if (!(after < before)) continue;
            gain += before - after;
            for (int m = 0; m < found.Length; m++) _codes.Codes[m][place] = found[m];
            Prefixes(found, _aims);
            for (int l = 0; l < _levels.Length; l++) Change(l, row, first, at, width);
        }

        float scale = _codes.Scales[_start + row];
        Error -= gain * scale * scale;
        return gain > 0;
    }

    /// <summary>The sums that levels read, [levels, dimension].</summary>
    private void Prefixes(ReadOnlySpan<ushort> codes, Span<float> sums)
    {
        Codebooks codebooks = _codes.Codebooks;
        int dimension = codebooks.Dimension, first = codes.Length - _levels.Length;
        for (int m = 0; m < codes.Length; m++)
        {
            ReadOnlySpan<float> codeword = codebooks.Codeword(m, codes[m]);
            Span<float> sum = sums.Slice(Math.Max(0, m - first) * dimension, dimension);
            if (m == 0) sum.Clear();
            else if (m > first) sums.Slice((m - first - 1) * dimension, dimension).CopyTo(sum);
            for (int i = 0; i < dimension; i++) sum[i] += codeword[i];
        }
    }

    // a = p + S_j H_jj⁻¹.
    private void Aim(int level, int run, int at)
    {
        int dimension = _codes.Codebooks.Dimension;
        ReadOnlySpan<float> slopes = _local[level].AsSpan(at, dimension), inverse = _inverses[level].AsSpan(run * dimension * dimension, dimension * dimension);
        ReadOnlySpan<float> sum = _sums.AsSpan(level * dimension, dimension);
        Span<float> aim = _aims.AsSpan(level * dimension, dimension);
        for (int first = 0; first < dimension; first += Vector128<float>.Count)
        {
            Vector128<float> lanes = Vector128.Create(sum[first..]);
            for (int i = 0; i < dimension; i++)
                lanes = Vector128.FusedMultiplyAdd(Vector128.Create(slopes[i]), Vector128.Create(inverse[((i * dimension) + first)..]), lanes);
            lanes.CopyTo(aim[first..]);
        }
    }

    // The error changes by what the old sum has more than the new one, which the aims hold by now.
    private void Change(int level, int row, int first, int at, int width)
    {
        int dimension = _codes.Codebooks.Dimension;
        Span<float> changes = _changes[level].AsSpan((row * BatchColumns) + at, dimension);
        fixed (float* local = _local[level], h = &_levels[level].Moments[((long)(first + at) * _columns) + first])
        {
            for (int i = 0; i < dimension; i++)
            {
                float change = _sums[(level * dimension) + i] - _aims[(level * dimension) + i];
                changes[i] = change;
                VectorOperations.AddScaled(h + ((nint)i * _columns), change, local, width);
            }
        }
    }
}
