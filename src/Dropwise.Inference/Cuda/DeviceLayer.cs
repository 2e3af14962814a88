using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>The weights of one layer in device memory, which the model owns.</summary>
internal sealed class DeviceLayer
{
    /// <summary>The norm before attention.</summary>
    public required DeviceNorm AttentionNorm { get; init; }

    /// <summary>q, k and v, or one matrix of all three by group.</summary>
    public required ProductSite Attention { get; init; }

    /// <summary>What happens to heads before attention.</summary>
    public required DeviceHeads Heads { get; init; }

    /// <summary>The output projection.</summary>
    public required ProductSite AttentionOutput { get; init; }

    /// <summary>How the output projection joins the residual stream.</summary>
    public required DeviceJoin AttentionJoin { get; init; }

    /// <summary>The norm before the feed-forward network; that before attention where the layer has no other.</summary>
    public required DeviceNorm FeedForwardNorm { get; init; }

    /// <summary>The dense feed-forward network; null where there are experts.</summary>
    public DeviceFeedForward? FeedForward { get; init; }

    /// <summary>The mixture of experts, or null.</summary>
    public DeviceMixture? Experts { get; init; }

    /// <summary>How the feed-forward network joins the residual stream.</summary>
    public required DeviceJoin FeedForwardJoin { get; init; }

    /// <summary>Positions that a token attends to, its own included.</summary>
    public required int Window { get; init; }

    /// <summary>The products that every token needs.</summary>
    public IEnumerable<ProductSite> Sites => FeedForward is null ? [Attention, AttentionOutput] : [Attention, AttentionOutput, FeedForward.Inputs, FeedForward.Down];

    /// <summary>Bytes of weights that one decoded token reads, of experts on average.</summary>
    /// <param name="level">From 1.</param>
    public long BytesPerToken(int level) => Sites.Sum(site => site.BytesRead(level)) + (Experts?.BytesPerToken(level) ?? 0);
}

/// <summary>What is added to a token's heads, and the norms of queries and keys.</summary>
/// <param name="QueryBias">Float32, as the query projection's outputs lie, or null; of a fused projection all of its bias.</param>
/// <param name="KeyBias">Float32, as the key projection's outputs lie, or null.</param>
/// <param name="ValueBias">Float32, as the value projection's outputs lie, or null.</param>
/// <param name="QueryNorm">Float32 [head dimension], or null.</param>
/// <param name="KeyNorm">Float32 [head dimension], or null.</param>
internal sealed record DeviceHeads(DeviceBuffer? QueryBias, DeviceBuffer? KeyBias, DeviceBuffer? ValueBias, DeviceBuffer? QueryNorm, DeviceBuffer? KeyNorm);

/// <summary>What happens to the result of a part of a layer before it is added to the residual stream.</summary>
/// <param name="Bias">Float32 [hidden], or null.</param>
/// <param name="Norm">The norm after the part, or null.</param>
internal sealed record DeviceJoin(DeviceBuffer? Bias, DeviceNorm? Norm);

/// <summary>A feed-forward network, or one expert.</summary>
/// <param name="Inputs">Gate and up, or up alone.</param>
/// <param name="Down">The down projection.</param>
/// <param name="GateBias">Float32 [intermediate], or null.</param>
/// <param name="UpBias">Float32 [intermediate], or null.</param>
internal sealed record DeviceFeedForward(ProductSite Inputs, ProductSite Down, DeviceBuffer? GateBias, DeviceBuffer? UpBias);
