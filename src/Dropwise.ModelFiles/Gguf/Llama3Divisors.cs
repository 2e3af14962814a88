namespace Dropwise.ModelFiles;

/// <summary>
/// The scaling of Llama 3.1 and later in a GGUF file, which keeps only what it divides the frequency of each rotary pair by: d = f for slow pairs,
/// 1 for fast ones, and 1 / ((1 − k) / f + k) between, where k grows with the turns that a pair makes over the positions of the model before it was stretched.
/// </summary>
internal static class Llama3Divisors
{
    // All models of the kind have these two.
    private const double LowFrequencyFactor = 1;
    private const double HighFrequencyFactor = 4;

    // And all that are published have these positions, which files whose pairs are all slow or fast leave open.
    private const int UsualPositions = 8192;
    private const double Tolerance = 1e-3;

    /// <summary>Finds the numbers of the scaling.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="theta">The rotary base.</param>
    /// <param name="tensor">The divisors, [head dimension / 2].</param>
    /// <exception cref="ModelFileException">The divisors are not those of this scaling.</exception>
    public static Llama3RopeScaling Recognize(string path, double theta, GgufTensor tensor)
    {
        float[] divisors = Read(path, tensor);
        double factor = divisors.Max();
        int count = divisors.Length;
        var scaling = new Llama3RopeScaling(factor, LowFrequencyFactor, HighFrequencyFactor, PositionsOf(divisors, factor, theta));
        for (int pair = 0; pair < count; pair++)
        {
            double frequency = Frequency(theta, pair, count);
            double expected = frequency / scaling.Scale(frequency, pair, 2 * count, theta);
            if (!(Math.Abs(divisors[pair] - expected) <= Tolerance * expected))
                throw new ModelFileException(path, tensor.Name, FormattableString.Invariant($"divides frequency {pair} by {divisors[pair]}, where Llama 3's scaling by {factor} divides by {expected:G6}: not supported"));
        }

        return scaling;
    }

    private static float[] Read(string path, GgufTensor tensor)
    {
        const int MostPairs = 1 << 16;
        if (tensor.Dense is null || tensor.Shape.Length != 1 || tensor.Shape[0] is 0 or > MostPairs)
            throw new ModelFileException(path, tensor.Name, $"is {tensor.TypeName} of shape {TensorInfo.Spell(tensor.Shape.AsSpan())}, not a vector of floats");
        float[] divisors = new float[tensor.Shape[0]];
        tensor.ToView(tensor.Name).ReadFloats(0, divisors);
        return divisors;
    }

    private static double Frequency(double theta, int pair, int count) => Math.Pow(theta, -(double)pair / count);

    // A pair between slow and fast says how many turns it makes, and so over how many positions; the one nearest the middle says it most exactly.
    private static int PositionsOf(float[] divisors, double factor, double theta)
    {
        const double Edge = 0.01;
        double best = 1;
        int positions = UsualPositions;
        for (int pair = 0; pair < divisors.Length; pair++)
        {
            double kept = ((1.0 / divisors[pair]) - (1 / factor)) / (1 - (1 / factor));
            if (!(kept is > Edge and < 1 - Edge) || Math.Abs(kept - 0.5) >= best) continue;
            double turns = LowFrequencyFactor + (kept * (HighFrequencyFactor - LowFrequencyFactor));
            double exact = Math.Round(turns * 2 * Math.PI / Frequency(theta, pair, divisors.Length));
            if (exact is not (>= 1 and <= int.MaxValue)) continue;
            best = Math.Abs(kept - 0.5);
            positions = (int)exact;
        }

        return positions;
    }
}
