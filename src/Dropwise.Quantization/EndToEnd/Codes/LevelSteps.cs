using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>
/// How far the levels of a matrix go in the metric of its input. The least of Σ_l ⟨G_l, Δ_l⟩ + ½ Σ_l ω_l Σ_n s_n Δ_ln H Δ_lnᵀ is at Δ_ln = −G_ln H⁻¹ / (ω_l s_n). The curvature s_n along an output is not
/// known, but a matrix's outputs have errors of about one size in parts of what they give, so that s_n is guessed to go as the root of Σ_l G_ln H⁻¹ G_lnᵀ / ω_l over ‖Ŵ_n‖_H; how far all go
/// together is the caller's.
/// </summary>
internal sealed class LevelSteps
{
    private readonly float[] _weights;
    private readonly float[][] _directions;
    private readonly double[] _lengths;
    private readonly int _columns;

    /// <summary>Computes directions P = G H⁻¹.</summary>
    /// <param name="gradients">G of each level [N, K], behind the rotation where there is one.</param>
    /// <param name="weights">ω of each level.</param>
    /// <param name="moments">H, behind the same rotation.</param>
    /// <param name="damping">What is added to its diagonal, in parts of the mean.</param>
    /// <param name="factors">What divides by moments.</param>
    /// <param name="run">Workers and cancellation.</param>
    public LevelSteps(float[][] gradients, float[] weights, InputMoments moments, double damping, IMomentFactors factors, QuantizationRun run)
    {
        (_weights, _columns) = (weights, moments.Columns);
        _directions = new float[gradients.Length][];
        _lengths = new double[gradients[0].Length / _columns];
        int size = gradients[0].Length;
        var rows = new double[checked(gradients.Length * size)];
        for (int i = 0; i < rows.Length; i++) rows[i] = gradients[i / size][i % size];

        // All levels at once, because the moments are taken apart each time.
        float[] divided = factors.Divide(rows, moments, damping, run);
        for (int l = 0; l < gradients.Length; l++)
        {
            _directions[l] = divided.AsSpan(l * size, size).ToArray();
            for (int row = 0; row < _lengths.Length; row++) _lengths[row] += RowProduct(_directions[l], gradients[l], row) / weights[l];
        }
    }

    /// <summary>Goes from the present weights, in each row as far as the row's own output, ‖Ŵ_n‖_H, is large.</summary>
    /// <param name="present">Ŵ of each level [N, K], which become where the step leads.</param>
    /// <param name="moments">H, damped [K, K].</param>
    /// <param name="rate">How far all levels go together, in parts of ‖Ŵ_n‖_H.</param>
    /// <param name="run">Workers and cancellation.</param>
    public void Take(FloatMatrix[] present, float[] moments, double rate, QuantizationRun run)
    {
        double inverses = 0;
        foreach (float weight in _weights) inverses += 1 / weight;
        float[] outputs = new InputProducts(run).Times(present[^1], moments);
        for (int row = 0; row < _lengths.Length; row++)
        {
            double own = RowProduct(outputs, present[^1].Values, row);
            if (own <= 0 || _lengths[row] <= 0) continue;
            double step = rate * Math.Sqrt(own / _lengths[row] * _weights.Length / inverses);
            for (int l = 0; l < present.Length; l++)
            {
                float factor = (float)(step / _weights[l]);
                for (int i = row * _columns; i < (row + 1) * _columns; i++) present[l].Values[i] -= factor * _directions[l][i];
            }
        }
    }

    private double RowProduct(float[] a, float[] b, int row)
    {
        double sum = 0;
        for (int i = row * _columns; i < (row + 1) * _columns; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
