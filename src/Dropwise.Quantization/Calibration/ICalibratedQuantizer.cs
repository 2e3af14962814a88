using System.Collections.Immutable;

namespace Dropwise.Quantization.Calibration;

/// <summary>Turns one matrix into the codes of one format with the input in view that the matrix will read.</summary>
public interface ICalibratedQuantizer
{
    /// <summary>The format of the codes.</summary>
    FormatDescriptor Format { get; }

    /// <summary>Quantizes a matrix.</summary>
    /// <param name="targets">
    /// A target a level of the format, from level 1; levels that share a target share the instance. A format without levels has one.
    /// </param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <returns>Codes and scales; the rotation is the caller's to attach.</returns>
    /// <exception cref="QuantizationException">The matrix does not fit the format.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    CanonicalMatrix Quantize(ImmutableArray<LevelTarget> targets, QuantizationRun run);
}
