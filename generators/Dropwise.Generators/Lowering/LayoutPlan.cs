using Dropwise.Generators.Model;

namespace Dropwise.Generators.Lowering;

/// <summary>How a packed matrix lies in memory: its streams and how canonical codes become them.</summary>
internal sealed record LayoutPlan
{
    /// <summary>Rows of a whole tile.</summary>
    public required int TileRows { get; init; }

    /// <summary>The streams in ascending order of level.</summary>
    public required EquatableArray<StreamPlan> Streams { get; init; }

    /// <summary>How codes, scales and zeros are placed in the streams.</summary>
    public required Packing Packing { get; init; }
}

/// <summary>A way to place codes in streams; each has a lowering and an emitter of its own.</summary>
internal abstract record Packing;
