namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>What code descent reads of codebooks and moments, whatever the codes are.</summary>
internal sealed class DescentTables : IDisposable
{
    /// <summary>Computes the tables.</summary>
    /// <param name="levels">The levels, ascending.</param>
    /// <param name="codebooks">The codebooks.</param>
    /// <param name="columns">Inputs K.</param>
    /// <param name="run">Workers and cancellation.</param>
    public DescentTables(MomentsLevel[] levels, Codebooks codebooks, int columns, QuantizationRun run)
    {
        var weights = new float[codebooks.Count];
        var moments = new float[weights.Length][];

        // Codebooks below the first level lead to it, in its metric.
        Array.Fill(moments, levels[0].Moments);
        foreach (MomentsLevel level in levels)
        {
            weights[level.Codebooks - 1] = level.Weight;
            moments[level.Codebooks - 1] = level.Moments;
        }

        Search = new SearchTables(codebooks, weights);
        Metrics = SearchMetrics.OfMoments(Search, moments, columns, run);
        var inverses = new float[levels.Length][];
        run.ForPieces(levels.Length, 1, (index, _) => inverses[index] = BlockInverses.Of(levels[index].Moments, columns, codebooks.Dimension));
        Inverses = inverses;
    }

    /// <summary>The codebooks.</summary>
    public SearchTables Search { get; }

    /// <summary>How each level measures each run.</summary>
    public SearchMetrics Metrics { get; }

    /// <summary>H_jj⁻¹ of each level's runs.</summary>
    public float[][] Inverses { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Metrics.Dispose();
        Search.Dispose();
    }
}
