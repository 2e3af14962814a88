namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>
/// Rounds of what the weighted error Σ_l λ_l D_l of additive codes asks for: all codewords by conjugate gradients, codes by coordinate descent, row scales in closed form.
/// Each is judged as it would be stored, codebooks of large matrices on the rows that they are fitted to, and none raises the error that it is judged by.
/// </summary>
/// <param name="levels">The levels, ascending.</param>
/// <param name="options">Rounds, steps, beam.</param>
/// <param name="keepCodebooks">Whether codebooks stay as they are, because other matrices share them.</param>
internal sealed class AdditiveRefinement(MomentsLevel[] levels, AdditiveOptions options, bool keepCodebooks)
{
    // A step that takes less off the error than this is not worth the product that it costs.
    private const double StepTolerance = 1e-4;

    // Where codebooks stay there are codes alone to improve. The first sweep takes some 6 % off the error of matrices of tiny-stories-7m and the second 2 %, at the cost of
    // half a feedback search each.
    private const int RoundsOfCodes = 2;

    // Codebooks are fitted to some of the rows of a larger matrix: these are a hundred weights for each element of four codebooks of 256 codewords of 8.
    private const int FittedWeights = 1 << 20;

    /// <summary>Improves a quantized matrix.</summary>
    /// <param name="matrix">Codes, codebooks and row scales, which are improved.</param>
    /// <param name="rounds">The most rounds.</param>
    /// <param name="tolerance">Where a round takes less than this part off the error, the rounds end.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <returns>The weighted error before and after each round.</returns>
    public IReadOnlyList<double> Improve(CanonicalMatrix matrix, int rounds, double tolerance, QuantizationRun run)
    {
        var codes = new AdditiveCodes(Codebooks.From(matrix.Codebooks!), matrix.Codes, matrix.RowScales, matrix.Columns);
        if (keepCodebooks) rounds = Math.Min(rounds, RoundsOfCodes);

        // Half the beam: what it misses costs nothing, because a run keeps the codes that it has unless others cost less.
        var descent = new CodeDescent(levels, codes, (options.BeamWidth + 1) / 2, run);
        var errors = new List<double> { LevelErrors.Weighted(levels, codes, run) };
        for (int round = 0; round < rounds; round++)
        {
            if (!keepCodebooks) FitCodebooks(matrix, codes, run);
            errors.Add(descent.Run(sweeps: 1)[^1] - RowScaleFit.Improve(levels, codes, matrix.Format.OutputScale!.Value, run));
            run.Report((round + 1.0) / rounds);
            if (errors[^1] > (1 - tolerance) * errors[^2]) break;
        }

        return errors;
    }

    private void FitCodebooks(CanonicalMatrix matrix, AdditiveCodes codes, QuantizationRun run)
    {
        int stride = Math.Max(1, (int)((long)codes.Rows * codes.Columns / FittedWeights));
        MomentsLevel[] seen = [.. levels.Select(level => level.Sample(stride))];
        AdditiveCodes sample = codes.Sample(stride);
        double before = LevelErrors.Weighted(seen, sample, run);
        CodebookFit.Improve(seen, sample, options.CodebookSteps, StepTolerance, run);
        CodebookSet stored = sample.Codebooks.Store(matrix.Format.Codeword);
        sample.Codebooks = Codebooks.From(stored);

        // Rounding codewords may cost more than their last small moves have gained.
        if (LevelErrors.Weighted(seen, sample, run) >= before) return;
        matrix.Codebooks = stored;
        codes.Codebooks = sample.Codebooks;
    }
}
