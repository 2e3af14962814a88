namespace Dropwise.ModelFiles;

/// <summary>The norms of a model.</summary>
/// <param name="Kind">What they compute.</param>
/// <param name="Epsilon">What is added to the mean square or the variance.</param>
/// <param name="OffsetWeight">Whether the stored weight is the distance of the factor from one, as Gemma stores it.</param>
public sealed record NormConfig(NormKind Kind, double Epsilon, bool OffsetWeight = false);

/// <summary>What a norm computes.</summary>
public enum NormKind
{
    /// <summary>y = x · w / √(mean(x²) + ε).</summary>
    RootMeanSquare = 0,

    /// <summary>y = (x − mean(x)) · w / √(variance(x) + ε) + b.</summary>
    Layer = 1,
}
