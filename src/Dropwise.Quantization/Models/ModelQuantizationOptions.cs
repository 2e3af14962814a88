using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Feedback;
using Dropwise.Quantization.Recipes;

namespace Dropwise.Quantization.Models;

/// <summary>What to make of a model.</summary>
public sealed record ModelQuantizationOptions
{
    /// <summary>The format of the linear layers; null where <see cref="Recipe"/> says what becomes of each.</summary>
    public FormatRow? Format { get; init; }

    /// <summary>What becomes of each linear layer and of the head, and the level that each block is served at; null for one format for all layers.</summary>
    public Recipe? Recipe { get; init; }

    /// <summary>The format of the head, or null to leave it as it is where the recipe does. A tied embedding is the head.</summary>
    public FormatRow? HeadFormat { get; init; }

    /// <summary>How much work goes into codebooks, where a format has them; its seed also decides the rotations.</summary>
    public AdditiveOptions Additive { get; init; } = new();

    /// <summary>Error feedback for uniform and lookup codes.</summary>
    public GptqOptions Gptq { get; init; } = new();

    /// <summary>Error feedback for codes with two levels of scales, and how many outliers there are.</summary>
    public SpqrOptions Spqr { get; init; } = new();

    /// <summary>Text to look at, and what to do with it; null to quantize the weights as they are.</summary>
    public CalibrationOptions? Calibration { get; init; }

    /// <summary>Whether to go on with a calibrated run that was stopped, where its folder is beside the output; otherwise such a folder is an error.</summary>
    public bool Resume { get; init; }

    /// <summary>Hears of what went wrong and was made up for; null for nobody.</summary>
    public Action<string>? Warning { get; init; }

    /// <summary>
    /// The device that calibrated quantization computes with: text, moments and error feedback of additive codes; null for the processor. Results are the
    /// same but for the rounding of float32 sums.
    /// </summary>
    public CudaEngine? Device { get; init; }

    /// <summary>Threads to use; the result does not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}
