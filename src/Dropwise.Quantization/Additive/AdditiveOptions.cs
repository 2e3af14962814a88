using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive;

/// <summary>How much work goes into codebooks and codes.</summary>
public sealed record AdditiveOptions
{
    /// <summary>Rounds of code search and least squares after the initial k-means, at least 1.</summary>
    public int Rounds { get; init; } = 10;

    /// <summary>Sums of codewords that the code search follows at once, at least 1.</summary>
    public int BeamWidth { get; init; } = 8;

    /// <summary>How much each level of a nested format counts.</summary>
    public LevelWeights LevelWeights { get; init; } = LevelWeights.Served;

    /// <summary>The most runs of weights that codebooks are trained on; codes are then searched for all of them.</summary>
    public int TrainingVectors { get; init; } = 1 << 21;

    /// <summary>The device that settles codes with error feedback; null for the processor. Results are the same but for the rounding of float32 sums.</summary>
    public CudaEngine? Device { get; init; }

    /// <summary>Decides every random choice.</summary>
    public int Seed { get; init; } = 1;
}
