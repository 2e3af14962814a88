namespace Dropwise.Quantization.Feedback;

/// <summary>What a user may choose about codes with two levels of scales and outliers.</summary>
public sealed record SpqrOptions
{
    /// <summary>What is added to the diagonal of the inputs' moments, in parts of its mean.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Whether inputs of much energy are settled before others; groups stay what they are.</summary>
    public bool OrderByEnergy { get; init; } = true;

    /// <summary>Rounds in which single codes and outliers are chosen again with all others in view.</summary>
    public int Sweeps { get; init; } = 4;

    /// <summary>
    /// Bits a weight that a matrix may take, outliers and their tables included; as many weights become outliers as fit. Null for
    /// <see cref="Threshold"/> or, without either, for outliers of the share that SpQR's figures are for, one weight in a hundred.
    /// </summary>
    public double? Bits { get; init; }

    /// <summary>
    /// The error from which on a weight is an outlier, relative to what it would cost to lose an average weight altogether (the paper's 0.1 to 0.45).
    /// </summary>
    public double? Threshold { get; init; }
}
