using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>
/// Error feedback for some rows of a matrix, which know nothing of other rows: runs of inputs in ascending order, each level with a target of its own
/// that makes up for the errors that the level has made so far. One instance a piece of rows and a thread.
/// </summary>
/// <param name="levels">The levels.</param>
/// <param name="tables">The codebooks.</param>
/// <param name="metrics">How each level measures each run.</param>
/// <param name="width">The width of the beam.</param>
internal sealed unsafe class FeedbackRows(ImmutableArray<FeedbackLevel> levels, SearchTables tables, SearchMetrics metrics, int width)
{
    /// <summary>Inputs after which errors are handed on to all later inputs at once, as a matrix product.</summary>
    private const int BatchColumns = 128;

    private readonly Codebooks _codebooks = tables.Codebooks;
    private readonly int _columns = levels[0].Target.Columns;

    /// <summary>Finds the codes of rows, and the factors of their scales that fit those codes best.</summary>
    /// <param name="start">The first row.</param>
    /// <param name="end">The row after the last.</param>
    /// <param name="scales">The rows' scales [N]: codes describe targets over these. Zero for rows of zeros.</param>
    /// <param name="codes">Receives a plane a codebook [M][N · K / dimension].</param>
    /// <param name="factors">Receives what each scale is to be multiplied by [N].</param>
    public void Run(int start, int end, ReadOnlySpan<float> scales, ushort[][] codes, Span<float> factors)
    {
        int rows = end - start, dimension = _codebooks.Dimension;
        LevelRows[] state = [.. levels.Select(level => new LevelRows(level, start, rows))];
        for (int row = 0; row < rows; row++)
        {
            float scale = scales[start + row];
            foreach (LevelRows level in state) level.Load(row, scale == 0 ? 0 : 1 / scale);
        }

        using var search = new BeamSearch(tables, width);
        var targets = new float[state.Length * dimension];
        var found = new ushort[_codebooks.Count];
        for (int first = 0; first < _columns; first += BatchColumns)
        {
            int last = Math.Min(first + BatchColumns, _columns);
            for (int column = first; column < last; column += dimension)
            {
                int run = column / dimension;
                for (int row = 0; row < rows; row++)
                {
                    for (int l = 0; l < state.Length; l++) state[l].Aim(row, run, targets.AsSpan(l * dimension, dimension));
                    search.Search(targets, metrics[run], found);
                    for (int m = 0; m < found.Length; m++) codes[m][((start + row) * (_columns / dimension)) + run] = found[m];
                    Settle(state, row, column, last, found);
                }
            }

            foreach (LevelRows level in state) level.HandOn(first, last);
        }

        FitScales(state, start, factors);
    }

    /// <summary>Takes the codewords of a run out of each level's error, and hands the error on within the batch.</summary>
    private void Settle(LevelRows[] state, int row, int column, int last, ReadOnlySpan<ushort> found)
    {
        Span<float> sum = stackalloc float[_codebooks.Dimension];
        sum.Clear();
        for (int m = 0; m < found.Length; m++)
        {
            ReadOnlySpan<float> codeword = _codebooks.Codeword(m, found[m]);
            for (int j = 0; j < sum.Length; j++) sum[j] += codeword[j];

            // A format that is not nested has one level: the whole sum.
            if (state.Length == found.Length) state[m].Settle(row, column, last, sum);
        }

        if (state.Length < found.Length) state[^1].Settle(row, column, last, sum);
    }

    // The scale of least error for the codes found is Σ λ ⟨T, P⟩ / Σ λ ⟨P, P⟩ times the present one, ⟨A, B⟩ being A H Bᵀ.
    private static void FitScales(LevelRows[] state, int start, Span<float> factors)
    {
        int rows = state[0].Rows;
        var products = new double[rows];
        var squares = new double[rows];
        foreach (LevelRows level in state) level.AddProducts(products, squares);
        for (int row = 0; row < rows; row++) factors[start + row] = squares[row] > 0 ? (float)(products[row] / squares[row]) : 1;
    }
}
