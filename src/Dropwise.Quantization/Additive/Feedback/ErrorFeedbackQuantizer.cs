using System.Collections.Immutable;
using Dropwise.Quantization.Additive.Refinement;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>
/// Sums of codewords with error feedback at every level (nested LDLQ): runs of inputs are settled one after the other, those of much energy first, each by a beam search over the
/// codebooks that measures each prefix against its own level's target, and each level hands its own error on to the inputs that are still open. The rows'
/// scales are fitted to the codes. Then codebooks, codes and scales are refined in turn under the moments of the input.
/// </summary>
public sealed class ErrorFeedbackQuantizer : ICalibratedQuantizer
{
    /// <summary>What is added to the moments' diagonal, in parts of its mean.</summary>
    public const double Damping = 0.01;

    // Of the weighted error, what a round of refinement has to take off for another one to follow.
    private const double Tolerance = 0.002;

    private readonly AdditiveOptions _options;
    private readonly CodebookSet? _shared;
    private readonly float[] _weights;

    /// <summary>Prepares to quantize to a format.</summary>
    /// <param name="format">A format of additive codes with scales of output rows.</param>
    /// <param name="options">How much work to do.</param>
    /// <param name="shared">The codebooks of all matrices; null to train codebooks for each matrix.</param>
    /// <exception cref="QuantizationException">The format is of another kind or has wide codes, or the level weights do not fit it.</exception>
    public ErrorFeedbackQuantizer(FormatDescriptor format, AdditiveOptions options, CodebookSet? shared = null)
    {
        AdditiveQuantizer.RequireTrainable(format);
        Format = format;
        _options = options;
        _shared = shared;
        _weights = options.LevelWeights.For(format);
    }

    /// <inheritdoc/>
    public FormatDescriptor Format { get; }

    /// <inheritdoc/>
    public CanonicalMatrix Quantize(ImmutableArray<LevelTarget> targets, QuantizationRun run)
    {
        if (targets.Length != Format.Levels) throw new ArgumentException($"{targets.Length} targets for {Format.Levels} levels", nameof(targets));
        var result = new CanonicalMatrix(Format, targets[^1].Weights.Rows, targets[^1].Weights.Columns);
        foreach (LevelTarget target in targets)
        {
            if (target.Moments.Columns != result.Columns) throw new ArgumentException($"moments of {target.Moments.Columns} inputs for {result.Columns}", nameof(targets));
        }

        var order = RunOrder.ByEnergy(targets, Format.Dimension);
        QuantizeInOrder(order.Apply(targets), result, run);
        order.Restore(result.Codes);
        return result;
    }

    private void QuantizeInOrder(ImmutableArray<LevelTarget> targets, CanonicalMatrix result, QuantizationRun run)
    {
        FloatMatrix whole = targets[^1].Weights;
        VectorSet vectors = AdditiveQuantizer.Normalize(whole, Format, result.RowScales);
        result.Codebooks = _shared ?? CodebookTrainer.Train(vectors.Sample(_options.TrainingVectors), Format, _options, run).Codebooks;

        IMomentFactors factors = _options.Device is { } engine ? new CudaFactors(engine) : new CpuFactors();

        // A format that is not nested has one level, the sum of all codewords.
        ImmutableArray<FeedbackLevel> levels =
            [.. targets.Select((target, level) => new FeedbackLevel(target.Weights, target.Moments.Factor(Damping, factors, run), _weights[_weights.Length - targets.Length + level], Format.Dimension))];

        var codebooks = Codebooks.From(result.Codebooks);
        using var tables = new SearchTables(codebooks, _weights);
        using var metrics = SearchMetrics.OfFactors(tables, [.. Enumerable.Range(0, codebooks.Count).Select(m => levels[Math.Max(0, m + levels.Length - codebooks.Count)].Factor)], whole.Columns, run);
        var scaleFactors = new float[whole.Rows];
        var shape = new SearchShape(codebooks.Dimension, codebooks.Codewords, codebooks.Count, levels.Length, _options.BeamWidth);
        IFeedbackSearch search = _options.Device is { } device && shape.Fits(device.Context.Device.SharedBytesPerBlock) ? new CudaFeedback(device) : new CpuFeedback();
        search.Run(levels, tables, metrics, _options.BeamWidth, result.RowScales, result.Codes, scaleFactors, run);
        for (int row = 0; row < whole.Rows; row++)
            result.RowScales[row] = ScalarRounding.Round(Format.OutputScale!.Value, result.RowScales[row] * scaleFactors[row]);
        if (_options.RefinementRounds > 0)
        {
            new AdditiveRefinement(MomentsLevel.Of(targets, _weights, Damping, run), _options, keepCodebooks: _shared is not null) { CountsParts = true }
                .Improve(result, _options.RefinementRounds, Tolerance, run);
        }
    }
}
