using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive;

/// <summary>Searches codes on all workers of the processor.</summary>
/// <param name="vectors">The vectors.</param>
internal sealed class CodeSearch(VectorSet vectors) : ICodeSearch
{
    /// <summary>What searches the codes of vectors: a device where there is one and codebooks fit it.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="format">The format of the codes.</param>
    /// <param name="options">The device, and the widest beam.</param>
    public static ICodeSearch For(VectorSet vectors, FormatDescriptor format, AdditiveOptions options)
    {
        var shape = new SearchShape(format.Dimension, format.CodeCount, format.CodebookCount, 1, options.BeamWidth);
        return options.Device is { } device && shape.Fits(device.Context.Device.SharedBytesPerBlock) ? new CudaCodeSearch(device, vectors) : new CodeSearch(vectors);
    }

    /// <inheritdoc/>
    public double Improve(Codebooks codebooks, float[] weights, int width, ushort[][] codes, float[] costs, QuantizationRun run)
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

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
