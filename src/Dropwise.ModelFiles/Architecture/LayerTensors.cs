using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>The tensors of one decoder layer, as its file should hold them.</summary>
public sealed record LayerTensors
{
    /// <summary>The norm before attention.</summary>
    public required NormTensor AttentionNorm { get; init; }

    /// <summary>The norm after attention, or null.</summary>
    public NormTensor? PostAttentionNorm { get; init; }

    /// <summary>The norm before the feed-forward network; null where it shares that before attention.</summary>
    public NormTensor? FeedForwardNorm { get; init; }

    /// <summary>The norm after the feed-forward network, or null.</summary>
    public NormTensor? PostFeedForwardNorm { get; init; }

    /// <summary>The query, key and value projections, or one that is all three.</summary>
    public required ImmutableArray<LinearTensor> QueryKeyValue { get; init; }

    /// <summary>The norm of a head's queries, or null.</summary>
    public NormTensor? QueryNorm { get; init; }

    /// <summary>The norm of a head's keys, or null.</summary>
    public NormTensor? KeyNorm { get; init; }

    /// <summary>[hidden, heads · head dimension].</summary>
    public required LinearTensor AttentionOutput { get; init; }

    /// <summary>What scores the experts, [experts, hidden]; null where the feed-forward network is dense.</summary>
    public LinearTensor? Router { get; init; }

    /// <summary>The dense feed-forward network alone, or the experts in order.</summary>
    public required ImmutableArray<FeedForwardTensors> FeedForward { get; init; }

    /// <summary>All norms.</summary>
    public IEnumerable<NormTensor> Norms =>
        ((NormTensor?[])[AttentionNorm, PostAttentionNorm, FeedForwardNorm, PostFeedForwardNorm, QueryNorm, KeyNorm]).OfType<NormTensor>();

    /// <summary>
    /// The maps that quantization is about, in the order in which a token meets them. The router is none: it is small, and the wrong expert is
    /// worse than a rounded one.
    /// </summary>
    public IEnumerable<LinearTensor> Linears => [.. QueryKeyValue, AttentionOutput, .. FeedForward.SelectMany(static network => network.Linears)];
}
