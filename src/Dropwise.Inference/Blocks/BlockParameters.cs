using System.Collections.Immutable;

namespace Dropwise.Inference.Blocks;

/// <summary>The parameters of one decoder layer in float32; which of the optional ones are there follows from the model's shape.</summary>
internal sealed record BlockParameters
{
    /// <summary>The norm before attention.</summary>
    public required NormWeights AttentionNorm { get; init; }

    /// <summary>The norm after attention, or null.</summary>
    public required NormWeights? PostAttentionNorm { get; init; }

    /// <summary>The norm before the feed-forward network; null where it shares that before attention.</summary>
    public required NormWeights? FeedForwardNorm { get; init; }

    /// <summary>The norm after the feed-forward network, or null.</summary>
    public required NormWeights? PostFeedForwardNorm { get; init; }

    /// <summary>The norm of a head's queries, or null.</summary>
    public required NormWeights? QueryNorm { get; init; }

    /// <summary>The norm of a head's keys, or null.</summary>
    public required NormWeights? KeyNorm { get; init; }

    /// <summary>The query, key and value projections, or one that is all three.</summary>
    public required ImmutableArray<BlockLinear> QueryKeyValue { get; init; }

    /// <summary>[hidden, heads · head dimension].</summary>
    public required BlockLinear AttentionOutput { get; init; }

    /// <summary>What scores the experts, [experts, hidden]; null where the feed-forward network is dense.</summary>
    public required BlockLinear? Router { get; init; }

    /// <summary>The dense feed-forward network alone, or the experts in order.</summary>
    public required ImmutableArray<BlockNetwork> Networks { get; init; }

    /// <summary>The same parameters, until linear maps of one of the two are replaced.</summary>
    public BlockParameters Share() => this with
    {
        QueryKeyValue = [.. QueryKeyValue.Select(static linear => linear.Share())],
        AttentionOutput = AttentionOutput.Share(),
        Router = Router?.Share(),
        Networks = [.. Networks.Select(static network => network.Share())],
    };
}
