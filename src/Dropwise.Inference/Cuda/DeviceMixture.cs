using System.Collections.Immutable;
using Dropwise.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Cuda;

/// <summary>The mixture of experts of one layer in device memory, which the model owns.</summary>
internal sealed class DeviceMixture
{
    /// <summary>How many experts there are, and how they are weighted.</summary>
    public required ExpertConfig Config { get; init; }

    /// <summary>Elements between an expert's two products on this device.</summary>
    public required int Inner { get; init; }

    /// <summary>The router, float32 [experts, hidden].</summary>
    public required DeviceBuffer Router { get; init; }

    /// <summary>The experts.</summary>
    public required ImmutableArray<DeviceFeedForward> Experts { get; init; }

    /// <summary>The gates of all experts.</summary>
    public required MatrixTable Gates { get; init; }

    /// <summary>The up projections of all experts.</summary>
    public required MatrixTable Ups { get; init; }

    /// <summary>The down projections of all experts.</summary>
    public required MatrixTable Downs { get; init; }

    /// <summary>Bytes of weights that one decoded token reads: the router and a token's share of the experts.</summary>
    /// <param name="level">From 1.</param>
    public long BytesPerToken(int level) =>
        Router.ByteLength + (Experts.Sum(expert => expert.Inputs.BytesRead(level) + expert.Down.BytesRead(level)) * Config.Used / Config.Count);
}
