using Dropwise.Quantization.Additive;

namespace Dropwise.Quantization.Tests;

/// <summary>Weights to quantize.</summary>
internal static class Matrices
{
    /// <summary>Independent N(0, 1) weights.</summary>
    public static FloatMatrix Gaussian(int rows, int columns, int seed = 1) =>
        new(rows, columns, NormalVectors.Draw(rows, columns, seed).Values);

    /// <summary>The weights that codes stand for.</summary>
    public static FloatMatrix Decoded(CanonicalMatrix matrix, int level = 1)
    {
        var result = new FloatMatrix(matrix.Rows, matrix.Columns, new float[matrix.Rows * matrix.Columns]);
        var decoder = new RowDecoder(matrix, level);
        for (int n = 0; n < matrix.Rows; n++) decoder.Decode(n, result.Row(n));
        return result;
    }

    /// <summary>The mean squared difference.</summary>
    public static double MeanSquaredError(FloatMatrix a, FloatMatrix b) =>
        a.Values.Zip(b.Values, (x, y) => ((double)x - y) * ((double)x - y)).Average();
}
