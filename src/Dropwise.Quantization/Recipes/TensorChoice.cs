using Dropwise.Cpu;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Recipes;

/// <summary>What becomes of one weight.</summary>
/// <param name="Format">Its format.</param>
/// <param name="Method">How it is calibrated; null for the method of the run, where that fits the format.</param>
/// <param name="Weights">How much each level counts; null for what the run says.</param>
public sealed record TensorChoice(FormatRow Format, CalibratedMethod? Method = null, LevelWeights? Weights = null);
