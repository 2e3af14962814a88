using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>Rotary frequencies as the papers and transformers define them, by wavelengths.</summary>
internal static class ReferenceRope
{
    public static double Frequency(RopeConfig rope, int pair, int dimension)
    {
        double wavelength = 2 * Math.PI * Math.Pow(rope.Theta, 2.0 * pair / dimension);
        double frequency = 2 * Math.PI / wavelength;
        return rope.Scaling switch
        {
            null => frequency,
            LinearRopeScaling linear => frequency / linear.Factor,
            Llama3RopeScaling llama => Llama3(llama, wavelength),
            YarnRopeScaling yarn => Yarn(yarn, frequency, pair, dimension, rope.Theta),
            _ => throw new NotSupportedException(),
        };
    }

    public static double Magnitude(RopeConfig rope) => rope.Scaling is YarnRopeScaling yarn ? yarn.AttentionFactor : 1;

    private static double Llama3(Llama3RopeScaling scaling, double wavelength)
    {
        double longest = scaling.OriginalPositions / scaling.LowFrequencyFactor, shortest = scaling.OriginalPositions / scaling.HighFrequencyFactor;
        if (wavelength < shortest) return 2 * Math.PI / wavelength;
        if (wavelength > longest) return 2 * Math.PI / wavelength / scaling.Factor;
        double smooth = ((scaling.OriginalPositions / wavelength) - scaling.LowFrequencyFactor) / (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        return ((1 - smooth) * (2 * Math.PI / wavelength) / scaling.Factor) + (smooth * (2 * Math.PI / wavelength));
    }

    private static double Yarn(YarnRopeScaling scaling, double frequency, int pair, int dimension, double theta)
    {
        double CorrectionDimension(double rotations) =>
            dimension * Math.Log(scaling.OriginalPositions / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));
        double low = CorrectionDimension(scaling.FastTurns), high = CorrectionDimension(scaling.SlowTurns);
        if (scaling.WholePairs) (low, high) = (Math.Floor(low), Math.Ceiling(high));
        low = Math.Max(low, 0);
        high = Math.Min(high, dimension - 1);
        if (low == high) high += 0.001;
        double extrapolated = 1 - Math.Clamp((pair - low) / (high - low), 0, 1);
        return (frequency / scaling.Factor * (1 - extrapolated)) + (frequency * extrapolated);
    }
}
