using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>The weights of one decoder layer; matrices are [outputs, inputs]. Which of the optional ones are there follows from the model's shape.</summary>
public sealed record LayerWeights
{
    /// <summary>The norm before attention, [hidden].</summary>
    public required NormWeights AttentionNorm { get; init; }

    /// <summary>The norm after attention, [hidden], or null.</summary>
    public NormWeights? PostAttentionNorm { get; init; }

    /// <summary>
    /// [heads · head dimension, hidden], and two of [key-value heads · head dimension, hidden]; or one matrix that holds the rows of all three.
    /// </summary>
    public required ImmutableArray<Linear> QueryKeyValue { get; init; }

    /// <summary>The norm of a head's queries, [head dimension], or null.</summary>
    public NormWeights? QueryNorm { get; init; }

    /// <summary>The norm of a head's keys, [head dimension], or null.</summary>
    public NormWeights? KeyNorm { get; init; }

    /// <summary>[hidden, heads · head dimension].</summary>
    public required Linear AttentionOutput { get; init; }

    /// <summary>The norm before the feed-forward network, [hidden]; null where it reads what attention reads.</summary>
    public NormWeights? FeedForwardNorm { get; init; }

    /// <summary>The norm after the feed-forward network, [hidden], or null.</summary>
    public NormWeights? PostFeedForwardNorm { get; init; }

    /// <summary>What scores the experts, [experts, hidden]; null where the feed-forward network is dense.</summary>
    public WeightMatrix? Router { get; init; }

    /// <summary>The dense feed-forward network alone, or all experts.</summary>
    public required ImmutableArray<FeedForwardWeights> FeedForward { get; init; }

    /// <summary>All matrices.</summary>
    public IEnumerable<WeightMatrix> Matrices =>
        [.. Shared, .. FeedForward.SelectMany(static network => network.Matrices)];

    private IEnumerable<WeightMatrix> Shared
    {
        get
        {
            IEnumerable<WeightMatrix> attention = QueryKeyValue.Append(AttentionOutput).Select(static linear => linear.Matrix);
            return Router is null ? attention : attention.Append(Router);
        }
    }

    /// <summary>Bytes of weights that one decoded token reads.</summary>
    /// <param name="level">The level; matrices with fewer are read whole.</param>
    /// <param name="experts">Experts that a token goes through; without a router, 1.</param>
    public long BytesPerToken(int level, int experts)
    {
        long Bytes(IEnumerable<WeightMatrix> matrices) => matrices.Sum(matrix => matrix.BytesRead(Math.Min(level, matrix.Levels)));

        // All experts have one shape, and formats of one size where a recipe does not say otherwise: the mean of all is that of those used.
        return Bytes(Shared) + (Bytes(FeedForward.SelectMany(static network => network.Matrices)) * experts / FeedForward.Length);
    }
}
