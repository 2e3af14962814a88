namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>A V step of all matrices.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Rate">How far weights go, in parts of a matrix's size.</param>
/// <param name="Levels">The served levels, ascending.</param>
/// <param name="Weights">What the divergence of each counts.</param>
internal sealed record CodeStep(int Number, double Rate, int[] Levels, float[] Weights);
