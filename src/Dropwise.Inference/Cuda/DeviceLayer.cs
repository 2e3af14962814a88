using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>The weights of one layer in device memory, which the model owns.</summary>
internal sealed class DeviceLayer
{
    /// <summary>The norm before attention, float32 [hidden].</summary>
    public required DeviceBuffer AttentionNorm { get; init; }

    /// <summary>q, k and v.</summary>
    public required ProductSite Attention { get; init; }

    /// <summary>The output projection.</summary>
    public required ProductSite AttentionOutput { get; init; }

    /// <summary>The norm before the feed-forward network, float32 [hidden].</summary>
    public required DeviceBuffer FeedForwardNorm { get; init; }

    /// <summary>Gate and up.</summary>
    public required ProductSite FeedForward { get; init; }

    /// <summary>The down projection.</summary>
    public required ProductSite Down { get; init; }

    /// <summary>All products.</summary>
    public IEnumerable<ProductSite> Sites => [Attention, AttentionOutput, FeedForward, Down];
}
