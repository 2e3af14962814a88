namespace Dropwise.Quantization;

/// <summary>Turns one matrix into the codes of one format.</summary>
public interface IMatrixQuantizer
{
    /// <summary>The format of the codes.</summary>
    FormatDescriptor Format { get; }

    /// <summary>Quantizes a matrix.</summary>
    /// <param name="weights">The weights [N, K], finite; already behind the format's rotation where it has one. Left as they are.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <returns>Codes and scales; the rotation is the caller's to attach.</returns>
    /// <exception cref="QuantizationException">The matrix does not fit the format.</exception>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    CanonicalMatrix Quantize(FloatMatrix weights, QuantizationRun run);
}
