using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Tests.Calibration;

/// <summary>Second moments of inputs as layers have them: a few directions carry most of the energy, and inputs share them.</summary>
internal static class CorrelatedInputs
{
    /// <summary>H = A Aᵀ / columns with A normal, its directions of falling weight, from a seed.</summary>
    public static InputMoments Moments(int columns, int seed, double decay = 4)
    {
        var random = new Random(seed);
        var a = new double[columns * columns];
        for (int k = 0; k < columns; k++)
        {
            for (int d = 0; d < columns; d++) a[(k * columns) + d] = Normal(random) * Math.Exp(-decay * d / columns);
        }

        var hessian = new double[columns * columns];
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int d = 0; d < columns; d++) sum += a[(i * columns) + d] * a[(j * columns) + d];
                hessian[(i * columns) + j] = hessian[(j * columns) + i] = sum / columns;
            }
        }

        return new InputMoments(columns, hessian, 1000);
    }

    /// <summary>tr(Δ H Δᵀ) of weights and their decoded codes.</summary>
    public static double WeightedError(FloatMatrix weights, CanonicalMatrix quantized, InputMoments moments, int level = 1)
    {
        var decoder = new RowDecoder(quantized, level);
        var decoded = new float[weights.Columns];
        double total = 0;
        for (int row = 0; row < weights.Rows; row++)
        {
            decoder.Decode(row, decoded);
            for (int i = 0; i < decoded.Length; i++)
            {
                double sum = 0;
                for (int j = 0; j < decoded.Length; j++)
                    sum += moments.Hessian[(i * decoded.Length) + j] * ((double)weights.Row(row)[j] - decoded[j]);
                total += sum * ((double)weights.Row(row)[i] - decoded[i]);
            }
        }

        return total;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
