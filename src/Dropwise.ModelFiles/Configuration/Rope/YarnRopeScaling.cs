namespace Dropwise.ModelFiles;

/// <summary>
/// The <c>yarn</c> scaling (arXiv 2309.00071): pairs that make many turns over the original positions are kept, those that make few are
/// stretched, with a ramp over the pairs between; attention grows by a factor that cosines and sines carry.
/// </summary>
/// <param name="Factor">How much slow pairs are stretched.</param>
/// <param name="OriginalPositions">Positions of the model before it was stretched.</param>
/// <param name="FastTurns">Turns over the original positions from which a pair is kept, <c>beta_fast</c>.</param>
/// <param name="SlowTurns">Turns up to which a pair is stretched whole, <c>beta_slow</c>; fewer than the fast ones.</param>
/// <param name="AttentionFactor">What cosines and sines are multiplied by.</param>
/// <param name="WholePairs">Whether the ramp starts and ends at whole pairs.</param>
public sealed record YarnRopeScaling(
    double Factor, int OriginalPositions, double FastTurns, double SlowTurns, double AttentionFactor, bool WholePairs) : RopeScaling
{
    // The width of a ramp that would have none.
    private const double NarrowestRamp = 0.001;

    /// <inheritdoc/>
    public override double Magnitude => AttentionFactor;

    /// <summary>The factor of attention that the paper found for a stretch: 0.1 · weight · ln(stretch) + 1.</summary>
    /// <param name="stretch">How much positions are stretched.</param>
    /// <param name="weight">The weight of the logarithm.</param>
    public static double AttentionFactorOf(double stretch, double weight = 1) => stretch <= 1 ? 1 : (0.1 * weight * Math.Log(stretch)) + 1;

    /// <inheritdoc/>
    public override double Scale(double frequency, int pair, int dimension, double theta)
    {
        double first = PairOfTurns(FastTurns, dimension, theta), last = PairOfTurns(SlowTurns, dimension, theta);
        if (WholePairs) (first, last) = (Math.Floor(first), Math.Ceiling(last));
        (first, last) = (Math.Max(first, 0), Math.Min(last, dimension - 1));
        double stretched = Math.Clamp((pair - first) / (first == last ? NarrowestRamp : last - first), 0, 1);
        return (stretched * frequency / Factor) + ((1 - stretched) * frequency);
    }

    /// <summary>The pair, not whole, that makes a number of turns over the original positions.</summary>
    private double PairOfTurns(double turns, int dimension, double theta) =>
        dimension * Math.Log(OriginalPositions / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
}
