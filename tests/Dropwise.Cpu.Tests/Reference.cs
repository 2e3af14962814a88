namespace Dropwise.Cpu.Tests;

/// <summary>Random operands and float64 results of the vector operations.</summary>
internal static class Reference
{
    public static float[] Random(int length, int seed, double reach = 1)
    {
        Random random = new(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) values[i] = (float)(((random.NextDouble() * 2) - 1) * reach);
        return values;
    }

    /// <summary>Softmax in float64.</summary>
    public static double[] Softmax(IEnumerable<double> scores)
    {
        double[] values = [.. scores];
        double maximum = values.Max(), sum = values.Sum(x => Math.Exp(x - maximum));
        return [.. values.Select(x => Math.Exp(x - maximum) / sum)];
    }
}
