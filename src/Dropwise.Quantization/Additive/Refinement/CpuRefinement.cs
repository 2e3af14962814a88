namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>Refinement on the processor, where codes and scales are in the making in their place.</summary>
/// <param name="levels">The levels, ascending.</param>
/// <param name="codes">The codes, which are improved.</param>
/// <param name="width">The width of the beam.</param>
/// <param name="run">Workers and cancellation.</param>
internal sealed class CpuRefinement(MomentsLevel[] levels, AdditiveCodes codes, int width, QuantizationRun run) : IRefinementSteps
{
    private MomentsLevel[] _levels = levels;

    /// <inheritdoc/>
    public double[] Errors() => LevelErrors.Of(_levels, codes, run);

    /// <inheritdoc/>
    public void Weigh(float[] weights) => _levels = MomentsLevel.Weighted(_levels, weights);

    /// <inheritdoc/>
    public double SearchCodes() => new CodeDescent(_levels, codes, width, run).Run(sweeps: 1)[^1];

    /// <inheritdoc/>
    public double FitScales(ScalarType type) => RowScaleFit.Improve(_levels, codes, type, run);

    /// <inheritdoc/>
    public ICodebookGradient GradientOf(MomentsLevel[] levels, AdditiveCodes codes) => new CodebookGradient(levels, codes, run);

    /// <inheritdoc/>
    public void CodebooksChanged()
    {
    }

    /// <inheritdoc/>
    public void ReadCodes()
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
