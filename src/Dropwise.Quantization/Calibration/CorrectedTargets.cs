using Dropwise.Cpu;

namespace Dropwise.Quantization.Calibration;

/// <summary>
/// Targets that make up for what a level's input has lost: W X₀ is to be reproduced from X, for which W + D is best, D = W G (H + εI)⁻¹ with G the drift.
/// The whole of D fits the calibration text too closely; the share α of it that is best on held-out windows is known in closed form, because the error
/// ‖W (X₀ − X) − α D X‖² is quadratic in α.
/// </summary>
internal sealed unsafe class CorrectedTargets
{
    /// <summary>ε, in parts of the mean of H's diagonal.</summary>
    private const double Ridge = 0.01;

    private const int RowsPerPiece = 64;

    private readonly SiteMoments _moments;
    private readonly double? _blend;
    private readonly float[] _correction;
    private readonly float[]? _keptCorrection;
    private readonly int _columns;

    /// <summary>Prepares the corrections of all weights that read a site.</summary>
    /// <param name="moments">What is known of the site.</param>
    /// <param name="blend">α, or null to choose it a weight by held-out text.</param>
    /// <param name="run">Workers and cancellation.</param>
    /// <exception cref="QuantizationException">The moments are not finite.</exception>
    public CorrectedTargets(SiteMoments moments, double? blend, QuantizationRun run)
    {
        _moments = moments;
        _columns = moments.Own.Columns;

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
        float[] target = Times(weights, _correction, run);
        for (int i = 0; i < target.Length; i++) target[i] = weights.Values[i] + ((float)blend * target[i]);
        return (new FloatMatrix(weights.Rows, weights.Columns, target), blend);
    }

    // ⟨W (X₀ − X), D X⟩ / ‖D X‖² of the held-out windows is tr(W G Dᵀ) / tr(D H Dᵀ) with their G and H.
    private double BestBlend(FloatMatrix weights, QuantizationRun run)
    {
        float[] correction = Times(weights, _keptCorrection!, run);
        var difference = new FloatMatrix(weights.Rows, weights.Columns, correction);
        float[] drift = Times(weights, ToFloats(_moments.HeldOut!.Drift), run), weighted = Times(difference, ToFloats(_moments.HeldOut.Own.Hessian), run);
        double product = 0, square = 0;
        for (int i = 0; i < correction.Length; i++)
        {
            product += (double)drift[i] * correction[i];
            square += (double)weighted[i] * correction[i];
        }

        return square > 0 ? product / square : 0;
    }

    private float[] Correction(SiteMoments moments, QuantizationRun run)
    {
        float[] rows = ToFloats(moments.Drift);
        TriangularSolve.Run(rows, HessianFactor.Upper(moments.Own, Ridge, run), _columns, run);
        return rows;
    }

    private float[] Times(FloatMatrix weights, float[] right, QuantizationRun run)
    {
        var product = new float[weights.Values.Length];
        run.ForPieces(weights.Rows, RowsPerPiece, (start, end) =>
        {
            fixed (float* a = weights.Row(start), b = right, c = &product[start * _columns])
            {
                FloatProduct.Run(new FloatView(a, end - start, _columns), new FloatView(b, _columns, _columns), new FloatView(c, end - start, _columns));
            }
        });
        return product;
    }

    private static float[] ToFloats(double[] values)
    {
        var floats = new float[values.Length];
        for (int i = 0; i < values.Length; i++) floats[i] = (float)values[i];
        return floats;
    }
}
