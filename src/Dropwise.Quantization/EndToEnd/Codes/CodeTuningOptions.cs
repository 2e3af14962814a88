namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>
/// How codes are tuned (the V step of PV-Tuning, arXiv 2405.14852). Weights that need not be representable follow the gradient; in each V step the groups that want
/// to change most are given the codes that come closest to them.
/// </summary>
public sealed record CodeTuningOptions
{
    /// <summary>How changes of weights are measured.</summary>
    public CodeMetric Metric { get; init; }

    /// <summary>How far the weights of a matrix go in one of the first V steps, in parts of the matrix's own size.</summary>
    public double Rate { get; init; } = 3e-3;

    /// <summary>How the rate falls, whatever that of other values does.</summary>
    public RateDecay Decay { get; init; }

    /// <summary>A V step comes after so many P steps, at least 1, and rests on the gradients of all of them.</summary>
    public int Every { get; init; } = 1;

    /// <summary>β₁: how much of the mean of gradients a V step keeps; 0 for none, as the paper has it.</summary>
    public double FirstDecay { get; init; }

    /// <summary>β₂: how much of the mean of squared gradients a V step keeps.</summary>
    public double SecondDecay { get; init; } = 0.95;

    /// <summary>τ: the most groups of a matrix that may change in a V step, as a share of all.</summary>
    public double Share { get; init; } = 0.01;

    /// <summary>ρ: the most that a matrix may change in a V step, in parts of its size; null for no such bound.</summary>
    public double? TrustRatio { get; init; } = 0.01;

    /// <summary>δ: how far weights are drawn back to what is represented after a V step, 0 (not at all: they remember) to 1 (they begin there anew).</summary>
    public double Pull { get; init; }

    /// <summary>How groups are chosen.</summary>
    public GroupChoice Choice { get; init; }

    /// <summary>How a group that may change gets codes.</summary>
    public CodeRounding Rounding { get; init; }

    /// <summary>Straight-through estimation, which PV-Tuning becomes with τ = 1, δ = 0 and no bound: all groups get the nearest codes in every step.</summary>
    public static CodeTuningOptions StraightThrough { get; } = new() { Share = 1, TrustRatio = null };
}

/// <summary>How changes of weights are measured where codes are chosen.</summary>
public enum CodeMetric
{
    /// <summary>All weights alike, as PV-Tuning has it.</summary>
    Plain = 0,

    /// <summary>Additive codes by what they change of a map's output, with the moments of its input; other codes as <see cref="Plain"/>.</summary>
    Inputs = 1,
}

/// <summary>How the groups that may change are chosen.</summary>
public enum GroupChoice
{
    /// <summary>Those that are farthest from their codes.</summary>
    Greedy = 0,

    /// <summary>At random, the more probable the farther they are from their codes.</summary>
    Proportional = 1,

    /// <summary>At random, all alike.</summary>
    Uniform = 2,
}

/// <summary>Which codes a group gets.</summary>
public enum CodeRounding
{
    /// <summary>Those that come closest.</summary>
    Nearest = 0,

    /// <summary>The closest or those after them, at random, the more probable the closer: of two values around a weight, its mean is the weight.</summary>
    Stochastic = 1,
}
