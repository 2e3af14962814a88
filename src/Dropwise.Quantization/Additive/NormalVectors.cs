namespace Dropwise.Quantization.Additive;

/// <summary>Independent N(0, 1) elements: what rows of weights look like behind a rotation and divided by their root mean square.</summary>
internal static class NormalVectors
{
    /// <summary>Draws vectors.</summary>
    /// <param name="count">Vectors.</param>
    /// <param name="dimension">Elements a vector.</param>
    /// <param name="seed">Decides all of them.</param>
    public static VectorSet Draw(int count, int dimension, int seed)
    {
        var random = new Random(seed);
        var values = new float[count * dimension];
        for (int i = 0; i < values.Length; i++)
        {
            // Box-Muller; 1 − u keeps the logarithm finite.
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return new VectorSet(dimension, values);
    }
}
