namespace Dropwise.Inference;

/// <summary>How the predictions of a model differ from those of a reference that read the same tokens. Logarithms are natural.</summary>
/// <param name="Divergence">Mean of KL(reference ‖ model) over the predictions.</param>
/// <param name="DivergencePercentile">The 99th percentile of that divergence.</param>
/// <param name="Agreement">How often both find the same token the likeliest, 0 to 1.</param>
/// <param name="DifferencePercentile">The 99th percentile of |log p(next) − log p_reference(next)|, next being the token of the text.</param>
/// <param name="Perplexity">The reference's own perplexity.</param>
public sealed record ReferenceResult(double Divergence, double DivergencePercentile, double Agreement, double DifferencePercentile, double Perplexity);
