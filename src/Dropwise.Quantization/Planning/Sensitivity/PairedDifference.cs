namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>
/// By how much one plan's divergence exceeds another's, window by window. What makes a window hard is in both, so that the difference of two plans is known far better than either.
/// </summary>
/// <param name="Mean">The mean difference, in nats a token.</param>
/// <param name="StandardError">Its standard error; infinite where there is one window, which cannot say.</param>
/// <param name="Windows">Windows that it is the mean of, positive.</param>
public readonly record struct PairedDifference(double Mean, double StandardError, int Windows)
{
    // Student's t for 1, 2, ... degrees of freedom: chance alone brings about as much, in either direction, once in twenty times. A standard error of few windows is itself hardly
    // known, so that two of them are far from enough there.
    private static readonly double[] Critical =
    [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];

    // Between the 2.04 of the next degree of freedom and the 1.96 of infinitely many.
    private const double CriticalOfMany = 2;

    /// <summary>Whether the first plan is better by more than chance explains; never where there is one window.</summary>
    public bool IsBetter => Windows > 1 && Mean < -(Windows - 2 < Critical.Length ? Critical[Windows - 2] : CriticalOfMany) * StandardError;

    /// <summary>Compares two plans.</summary>
    /// <param name="one">The first plan's divergence of each window.</param>
    /// <param name="other">The second's.</param>
    public static PairedDifference Of(double[] one, double[] other)
    {
        double[] differences = [.. one.Zip(other, static (a, b) => a - b)];
        double mean = differences.Average(), squares = differences.Sum(difference => (difference - mean) * (difference - mean));
        int count = differences.Length;
        return new PairedDifference(mean, count == 1 ? double.PositiveInfinity : Math.Sqrt(squares / (count - 1) / count), count);
    }
}
