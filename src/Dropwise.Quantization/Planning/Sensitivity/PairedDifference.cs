namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>
/// By how much one plan's divergence exceeds another's, window by window. What makes a window hard is in both, so that the difference of two plans is known far better than either.
/// </summary>
/// <param name="Mean">The mean difference, in nats a token.</param>
/// <param name="StandardError">Its standard error; 0 where one window cannot say.</param>
public readonly record struct PairedDifference(double Mean, double StandardError)
{
    // A difference that chance alone brings about once in forty times.
    private const double Deviations = 2;

    /// <summary>Whether the first plan is better by more than chance explains.</summary>
    public bool IsBetter => Mean < -Deviations * StandardError;

    /// <summary>Compares two plans.</summary>
    /// <param name="one">The first plan's divergence of each window.</param>
    /// <param name="other">The second's.</param>
    public static PairedDifference Of(double[] one, double[] other)
    {
        double[] differences = [.. one.Zip(other, static (a, b) => a - b)];
        double mean = differences.Average(), squares = differences.Sum(difference => (difference - mean) * (difference - mean));
        int count = differences.Length;
        return new PairedDifference(mean, count == 1 ? 0 : Math.Sqrt(squares / (count - 1) / count));
    }
}
