namespace Dropwise.Quantization.Models;

/// <summary>How far a model is.</summary>
/// <param name="Tensor">What is being worked on: a weight's name, or the codebooks of all weights.</param>
/// <param name="Fraction">The finished part of the work, 0 to 1.</param>
/// <param name="Remaining">The time that the rest will take if it goes on like this; null until there is something to go by.</param>
public readonly record struct QuantizationProgress(string Tensor, double Fraction, TimeSpan? Remaining);
