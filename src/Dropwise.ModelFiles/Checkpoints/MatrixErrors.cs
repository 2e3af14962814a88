namespace Dropwise.ModelFiles;

/// <summary>How far the matrices of a checkpoint are from their weights, as its quantizer measured it: one value a level, from level 1.</summary>
/// <param name="Relative">‖W − Ŵ‖ / ‖W‖ in the Frobenius norm.</param>
/// <param name="Weighted">
/// tr(Δ H Δᵀ) / tr(W H Wᵀ), Δ = W − Ŵ and H the second moments of the input that the level gave the matrix; null where no text was looked at.
/// </param>
public sealed record MatrixErrors(IReadOnlyList<double> Relative, IReadOnlyList<double>? Weighted = null);
