namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>
/// Searches codes again, run of inputs by run of inputs, under the exact weighted error with all other codes fixed. With S = E H, a run's error as its sums p_l
/// vary is (a_l − p_l) H_jj (a_l − p_l)ᵀ at level l, a_l = p_l + S_j H_jj⁻¹ from the present p_l: the beam search measures each prefix against its own aim in its
/// own metric. Codes are kept unless others cost less, so that no sweep raises the error.
/// </summary>
/// <param name="levels">The levels, ascending.</param>
/// <param name="codes">The codes, which are improved.</param>
/// <param name="width">The width of the beam.</param>
/// <param name="run">Workers and cancellation.</param>
internal sealed class CodeDescent(MomentsLevel[] levels, AdditiveCodes codes, int width, QuantizationRun run)
{
    // Rows that share the products behind a batch of inputs.
    private const int RowsPerPiece = 32;

    /// <summary>Goes over all inputs.</summary>
    /// <param name="sweeps">How many times.</param>
    /// <returns>The weighted error before the first sweep and after each.</returns>
    public double[] Run(int sweeps)
    {
        using var tables = new DescentTables(levels, codes.Codebooks, codes.Columns, run);
        int pieces = (codes.Rows + RowsPerPiece - 1) / RowsPerPiece;
        var errors = new double[pieces][];
        run.ForPieces(codes.Rows, RowsPerPiece, (start, end) =>
        {
            var rows = new DescentRows(levels, tables.Inverses, codes, start, end - start);
            using var search = new BeamSearch(tables.Search, width);
            errors[start / RowsPerPiece] = new double[sweeps + 1];
            errors[start / RowsPerPiece][0] = rows.Error;
            for (int sweep = 1; sweep <= sweeps; sweep++)
            {
                run.Cancellation.ThrowIfCancellationRequested();
                rows.Sweep(search, tables.Metrics);
                errors[start / RowsPerPiece][sweep] = rows.Error;
            }
        });
        return [.. Enumerable.Range(0, sweeps + 1).Select(sweep => errors.Sum(piece => piece[sweep]))];
    }
}
