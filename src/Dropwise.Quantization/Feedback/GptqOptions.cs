namespace Dropwise.Quantization.Feedback;

/// <summary>What a user may choose about error feedback for uniform and lookup codes.</summary>
public sealed record GptqOptions
{
    /// <summary>What is added to the diagonal of the inputs' moments, in parts of its mean: the paper's 1 %.</summary>
    public double Damping { get; init; } = 0.01;

    /// <summary>Whether inputs of much energy are settled before others; groups stay what they are.</summary>
    public bool OrderByEnergy { get; init; } = true;

    /// <summary>Rounds in which scales and single codes are chosen again with all others in view; 0 leaves what feedback gave.</summary>
    public int Sweeps { get; init; } = 4;
}
