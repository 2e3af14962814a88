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

    /// <summary>
    /// Whether levels count in parts of the error that they begin with, in units of the highest that counts: otherwise the lowest, whose error is ten times that of the
    /// highest after feedback, would decide alone.
    /// </summary>
    public bool CountsParts { get; init; }

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
        using IRefinementSteps steps = RefinementSteps.For(options.Device, levels, codes, options.BeamWidth, run);
        double[] parts = steps.Errors();
        float[] weights = WeightsFor(parts);
        if (!weights.AsSpan().ContainsAnyExcept(0f)) return [0];
        MomentsLevel[] weighted = MomentsLevel.Weighted(levels, weights);
        steps.Weigh(weights);
        var errors = new List<double> { MomentsLevel.Sum(weighted, parts) };
        for (int round = 0; round < rounds; round++)
        {
            if (!keepCodebooks) FitCodebooks(steps, weighted, matrix, codes, run);
            errors.Add(steps.SearchCodes() - steps.FitScales(matrix.Format.OutputScale!.Value));
            run.Report((round + 1.0) / rounds);
            if (errors[^1] > (1 - tolerance) * errors[^2]) break;
        }

        steps.ReadCodes();
        return errors;
    }

    private float[] WeightsFor(double[] errors)
    {
        var weights = new float[levels.Length];
        int highest = Array.FindLastIndex(levels, static level => level.Weight > 0);
        for (int l = 0; l < weights.Length; l++)
        {
            if (!CountsParts) weights[l] = levels[l].Weight;
            else if (highest >= 0 && errors[l] > 0) weights[l] = (float)(levels[l].Weight * errors[highest] / errors[l]);
        }

        return weights;
    }

    private void FitCodebooks(IRefinementSteps steps, MomentsLevel[] weighted, CanonicalMatrix matrix, AdditiveCodes codes, QuantizationRun run)
    {
        steps.ReadCodes();
        int stride = Math.Max(1, (int)((long)codes.Rows * codes.Columns / FittedWeights));
        MomentsLevel[] seen = [.. weighted.Select(level => level.Sample(stride))];
        AdditiveCodes sample = codes.Sample(stride);
        using ICodebookGradient gradient = steps.GradientOf(seen, sample);
        double before = gradient.Error();
        CodebookFit.Improve(gradient, sample, options.CodebookSteps, StepTolerance, run);
        CodebookSet stored = sample.Codebooks.Store(matrix.Format.Codeword);
        sample.Codebooks = Codebooks.From(stored);

        // Rounding codewords may cost more than their last small moves have gained.
        if (gradient.Error() >= before) return;
        matrix.Codebooks = stored;
        codes.Codebooks = sample.Codebooks;
        steps.CodebooksChanged();
    }
}
