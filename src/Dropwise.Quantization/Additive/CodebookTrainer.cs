namespace Dropwise.Quantization.Additive;

/// <summary>Alternates between the best codes of the codebooks and the best codebooks of the codes.</summary>
internal static class CodebookTrainer
{
    /// <summary>Trains codebooks for vectors.</summary>
    /// <param name="vectors">The vectors; at least one.</param>
    /// <param name="format">An additive format.</param>
    /// <param name="options">Rounds, beam, level weights, seed.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <exception cref="QuantizationException">The level weights do not fit the format.</exception>
    public static TrainedCodebooks Train(VectorSet vectors, FormatDescriptor format, AdditiveOptions options, QuantizationRun run)
    {
        // Half the beam while codebooks still move: it ends at the same error in three fifths of the time. The last searches have all of it.
        int width = (options.BeamWidth + 1) / 2;
        float[] weights = options.LevelWeights.For(format);
        var codebooks = new Codebooks(format.CodebookCount, format.CodeCount, format.Dimension);
        ResidualKMeans.Fill(vectors, codebooks, options.Seed, run);
        ushort[][] codes = Codes(format, vectors.Count);
        var costs = new float[vectors.Count];
        using ICodeSearch search = CodeSearch.For(vectors, format, options);
        var squares = new CodebookLeastSquares(vectors, weights);
        var history = new List<double> { search.Improve(codebooks, weights, width, codes, costs, run) };
        for (int round = 0; round < options.Rounds; round++)
        {
            run.Report((double)round / options.Rounds);
            squares.Improve(codebooks, codes, run);
            UnusedCodewords.Reseed(vectors, codebooks, codes, costs);
            if (round == options.Rounds - 1) width = options.BeamWidth;
            history.Add(search.Improve(codebooks, weights, width, codes, costs, run));
        }

        return new TrainedCodebooks(codebooks.Store(format.Codeword), codes, history);
    }

    /// <summary>Planes of codes that are all zero [M][vectors].</summary>
    /// <param name="format">An additive format.</param>
    /// <param name="vectors">Vectors.</param>
    public static ushort[][] Codes(FormatDescriptor format, int vectors)
    {
        var codes = new ushort[format.CodebookCount][];
        for (int m = 0; m < codes.Length; m++) codes[m] = new ushort[vectors];
        return codes;
    }
}

/// <summary>What training leaves.</summary>
/// <param name="Codebooks">The codebooks, rounded to what the format stores.</param>
/// <param name="Codes">The training vectors' codes under the codebooks before they were rounded [M][vectors].</param>
/// <param name="History">The mean weighted squared error after the first search and after each round.</param>
internal sealed record TrainedCodebooks(CodebookSet Codebooks, ushort[][] Codes, IReadOnlyList<double> History);
