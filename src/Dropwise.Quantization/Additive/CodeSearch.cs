namespace Dropwise.Quantization.Additive;

/// <summary>Searches the codes of many vectors on all workers.</summary>
internal static class CodeSearch
{
    /// <summary>Replaces the codes of each vector by the beam search's, unless those it has are at least as good: the sum of errors never rises.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="codebooks">The codebooks.</param>
    /// <param name="weights">λ of each prefix [M].</param>
    /// <param name="width">The width of the beam.</param>
    /// <param name="codes">A plane a codebook [M][vectors], read and written.</param>
    /// <param name="costs">Receives each vector's weighted squared error.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>The mean of the costs.</returns>
    public static double Improve(
        VectorSet vectors, Codebooks codebooks, float[] weights, int width, ushort[][] codes, float[] costs, QuantizationRun run)
    {
        using var tables = new SearchTables(codebooks, weights);
        var sums = new double[vectors.Pieces];
        run.ForPieces(vectors.Count, vectors.Piece, (start, end) =>
        {
            using var search = new BeamSearch(tables, width);
            var found = new ushort[codebooks.Count];
            var present = new ushort[codebooks.Count];
            double sum = 0;
            for (int v = start; v < end; v++)
            {
                for (int m = 0; m < present.Length; m++) present[m] = codes[m][v];
                float before = search.Cost(vectors[v], present);
                float after = search.Search(vectors[v], found);
                costs[v] = Math.Min(before, after);
                sum += costs[v];
                if (after >= before) continue;
                for (int m = 0; m < found.Length; m++) codes[m][v] = found[m];
            }

            sums[start / vectors.Piece] = sum;
        });
        return sums.Sum() / vectors.Count;
    }
}
