using System.Collections.Immutable;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Additive.Refinement;

/// <summary>
/// The method of AQLM (arXiv 2401.06118), and of Drop-by-Drop (arXiv 2606.12876) for nested formats: residual k-means, then codebooks and codes in turn under
/// Σ_k λ_k D^(k), D^(k) being the error of level k in the moments of its input, until a round takes less than 1 % off it. AQLM knows the whole sum only. Where the
/// papers take steps of Adam, codebooks are fitted by conjugate gradients.
/// </summary>
public sealed class AlternatingQuantizer : ICalibratedQuantizer
{
    // Both papers end where a round gains less.
    private const double Tolerance = 0.01;

    // Matrices of real models end within a dozen.
    private const int MostRounds = 50;

    // What is added to the moments' diagonal, in parts of its mean: as for error feedback.
    private const double Damping = Feedback.ErrorFeedbackQuantizer.Damping;

    private readonly AdditiveOptions _options;
    private readonly CodebookSet? _shared;
    private readonly float[] _weights;

    /// <summary>Prepares to quantize to a format.</summary>
    /// <param name="format">A format of additive codes with scales of output rows.</param>
    /// <param name="options">Beam, level weights, seed.</param>
    /// <param name="shared">The codebooks of all matrices; null to train codebooks for each matrix.</param>
    /// <exception cref="QuantizationException">The format is of another kind or has wide codes, or the level weights do not fit it.</exception>
    public AlternatingQuantizer(FormatDescriptor format, AdditiveOptions options, CodebookSet? shared = null)
    {
        AdditiveQuantizer.RequireTrainable(format);
        Format = format;
        _options = options with { Rounds = 0 };
        _shared = shared;
        _weights = options.LevelWeights.For(format);
    }

    /// <inheritdoc/>
    public FormatDescriptor Format { get; }

    /// <inheritdoc/>
    public CanonicalMatrix Quantize(ImmutableArray<LevelTarget> targets, QuantizationRun run)
    {
        if (targets.Length != Format.Levels) throw new ArgumentException($"{targets.Length} targets for {Format.Levels} levels", nameof(targets));
        CanonicalMatrix result = new AdditiveQuantizer(Format, _options, _shared).Quantize(targets[^1].Weights, run);
        new AdditiveRefinement(MomentsLevel.Of(targets, _weights, Damping, run), _options, keepCodebooks: _shared is not null).Improve(result, MostRounds, Tolerance, run);
        return result;
    }
}
