using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive;

/// <summary>How much work goes into codebooks and codes.</summary>
public sealed record AdditiveOptions
{
    /// <summary>Rounds of code search and least squares after the initial k-means; 0 for k-means alone.</summary>
    public int Rounds { get; init; } = 10;

    /// <summary>Sums of codewords that the code search follows at once, at least 1.</summary>
    public int BeamWidth { get; init; } = 8;

    /// <summary>With calibration text: the most rounds of codebook fit and code search under the moments of the input, after error feedback; 0 for none.</summary>
    public int RefinementRounds { get; init; } = 8;

    /// <summary>Steps of conjugate gradients in each fit of codebooks, at least 1.</summary>
    public int CodebookSteps { get; init; } = 12;

    /// <summary>How much each level of a nested format counts.</summary>
    public LevelWeights LevelWeights { get; init; } = LevelWeights.Served;

    /// <summary>The most runs of weights that codebooks are trained on; codes are then searched for all of them.</summary>
    public int TrainingVectors { get; init; } = 1 << 21;

    /// <summary>The device that searches codes; null for the processor. Results are the same but for the rounding of float32 sums.</summary>
    public CudaEngine? Device { get; init; }

    /// <summary>Decides every random choice.</summary>
    public int Seed { get; init; } = 1;
}
