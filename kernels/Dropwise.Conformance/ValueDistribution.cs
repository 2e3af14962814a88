namespace Dropwise.Conformance;

/// <summary>The values that a check draws.</summary>
public enum ValueDistribution
{
    /// <summary>Normal activations and codewords, uniform codes, scales of one magnitude.</summary>
    Gaussian = 0,

    /// <summary>Activations of Student's t with three degrees of freedom, whose fourth moment does not exist: outliers in every row.</summary>
    HeavyTailed = 1,

    /// <summary>
    /// Extremes: codes at both ends of their range, scales from the smallest subnormal up, activations that cancel, are alone in their block,
    /// are zero, or lie far from 1.
    /// </summary>
    Adversarial = 2,
}
