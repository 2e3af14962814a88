namespace Dropwise.Additive.Tests;

/// <summary>Random values from a seed.</summary>
internal static class Samples
{
    /// <summary>Independent N(0, 1) values.</summary>
    /// <param name="random">The source.</param>
    /// <param name="count">How many.</param>
    public static float[] Gaussian(Random random, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (float)Normal(random);
        return values;
    }

    /// <summary>Independent values of Student's t with four degrees of freedom: tails like those of real activations.</summary>
    /// <param name="random">The source.</param>
    /// <param name="count">How many.</param>
    public static float[] HeavyTailed(Random random, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++)
        {
            double chi = 0;
            for (int j = 0; j < 4; j++) chi += Math.Pow(Normal(random), 2);
            values[i] = (float)(Normal(random) / Math.Sqrt(chi / 4));
        }

        return values;
    }

    /// <summary>One random sign for each input.</summary>
    /// <param name="random">The source.</param>
    /// <param name="columns">Inputs K.</param>
    public static InputTransform Rotation(Random random, int columns)
    {
        var signs = new sbyte[columns];
        for (int i = 0; i < columns; i++) signs[i] = (sbyte)((2 * random.Next(2)) - 1);
        return new InputTransform(signs);
    }

    /// <summary>‖actual − expected‖ / ‖expected‖.</summary>
    /// <param name="actual">Computed.</param>
    /// <param name="expected">The reference.</param>
    public static double RelativeError(ReadOnlySpan<float> actual, ReadOnlySpan<double> expected)
    {
        double error = 0;
        double norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }

        return Math.Sqrt(error / norm);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
