namespace Dropwise.Quantization.Calibration;

/// <summary>
/// Targets that make up for what a level's input has lost: W X₀ is to be reproduced from X, for which W + D is best, D = W G (H + εI)⁻¹ with G the drift.
/// The whole of D fits the calibration text too closely; the share α of it that is best on held-out windows is known in closed form, because the error
/// ‖W (X₀ − X) − α D X‖² is quadratic in α.
/// </summary>
internal sealed class CorrectedTargets
{
    /// <summary>
    /// ε, in parts of the mean of H's diagonal, which a few tokens of great energy make large: what text says of directions of less energy is mostly noise. On SmolLM2
    /// (<c>dbd4x8g8h</c>, 32 windows, blend .5, runs in stored order, levels 4 / 3 / 2) .002, .01 and .05 give 28.8 / 34.1 / 57.0, 28.2 / 33.1 / 57.7 and 27.9 / 32.9 / 55.4.
    /// </summary>
    internal const double Ridge = 0.05;

    private readonly SiteMoments _moments;
    private readonly IInputProducts _products;
    private readonly double? _blend;
    private readonly float[] _correction;
    private readonly float[]? _keptCorrection;

    /// <summary>Prepares the corrections of all weights that read a site.</summary>
    /// <param name="moments">What is known of the site.</param>
    /// <param name="blend">α, or null to choose it a weight by held-out text.</param>
    /// <param name="products">What multiplies.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <exception cref="QuantizationException">The moments are not finite.</exception>
    public CorrectedTargets(SiteMoments moments, double? blend, IInputProducts products, QuantizationRun run)
    {
        _moments = moments;
        _products = products;

        // Without text to choose by, no correction is as good as any.
        _blend = moments.HeldOut is null ? blend ?? 0 : blend;
        _correction = _blend == 0 ? [] : Correction(moments, run);
        if (_blend is null) _keptCorrection = Correction(moments.Kept!, run);
    }

    /// <summary>The target of one weight.</summary>
    /// <param name="weights">W [N, K].</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <returns>W + α D, and α.</returns>
    public (FloatMatrix Target, double Blend) Of(FloatMatrix weights, QuantizationRun run)
    {
        double blend = _blend ?? Math.Clamp(BestBlend(weights, run), 0, 1);
        if (blend == 0) return (weights, 0);
        float[] target = _products.Times(weights, _correction);
        for (int i = 0; i < target.Length; i++) target[i] = weights.Values[i] + ((float)blend * target[i]);
        return (new FloatMatrix(weights.Rows, weights.Columns, target), blend);
    }

    // ⟨W (X₀ − X), D X⟩ / ‖D X‖² of the held-out windows is tr(W G Dᵀ) / tr(D H Dᵀ) with their G and H.
    private double BestBlend(FloatMatrix weights, QuantizationRun run)
    {
        float[] correction = _products.Times(weights, _keptCorrection!);
        var difference = new FloatMatrix(weights.Rows, weights.Columns, correction);
        float[] drift = _products.Times(weights, Floats.Of(_moments.HeldOut!.Drift, run)), weighted = _products.Times(difference, _moments.HeldOut.Own.InFloats(run));
        double product = 0, square = 0;
        for (int i = 0; i < correction.Length; i++)
        {
            product += (double)drift[i] * correction[i];
            square += (double)weighted[i] * correction[i];
        }

        return square > 0 ? product / square : 0;
    }

    private float[] Correction(SiteMoments moments, QuantizationRun run) => _products.Factors.Divide(moments.Drift, moments.Own, Ridge, run);
}
