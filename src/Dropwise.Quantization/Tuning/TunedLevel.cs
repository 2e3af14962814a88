namespace Dropwise.Quantization.Tuning;

/// <summary>A served level in block tuning.</summary>
/// <param name="Level">The level, from 1; matrices with fewer are read whole.</param>
/// <param name="Weight">λ, how much its error counts; positive.</param>
/// <param name="Inputs">The residual stream of each window before the layer at that level [tokens, hidden].</param>
public sealed record TunedLevel(int Level, double Weight, float[][] Inputs);

/// <summary>What block tuning leaves.</summary>
/// <param name="Matrices">The matrices in the order given, with other codebooks and scales; null where there was none.</param>
/// <param name="Before">The held-out error of each level before tuning: the mean of tokens' squared errors in parts of their targets' squares.</param>
/// <param name="After">The same afterwards.</param>
public sealed record BlockTuningResult(CanonicalMatrix?[] Matrices, double[] Before, double[] After);
