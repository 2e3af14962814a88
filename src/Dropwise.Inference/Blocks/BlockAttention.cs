using Dropwise.ModelFiles;

namespace Dropwise.Inference.Blocks;

/// <summary>A layer's attention between its projections: how heads lie, what they see, their norms and their rotary positions.</summary>
public sealed class BlockAttention
{
    /// <summary>Describes a layer's attention.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="index">The layer, from 0.</param>
    /// <param name="rope">Rotary tables of the layer, filled up to the longest window.</param>
    /// <param name="queryNorm">The norm of a head's queries, or null.</param>
    /// <param name="keyNorm">The norm of a head's keys, or null.</param>
    internal BlockAttention(ModelConfig config, int index, RopeTable rope, NormWeights? queryNorm, NormWeights? keyNorm)
    {
        Config = config;
        Layout = new HeadLayout(config);
        Window = config.Layer(index).Window ?? int.MaxValue;
        Rope = rope;
        QueryNorm = BlockNorm.OrNull(queryNorm, config.Norm);
        KeyNorm = BlockNorm.OrNull(keyNorm, config.Norm);
    }

    /// <summary>Elements of a token's queries, keys and values.</summary>
    public int Width => Layout.Width;

    /// <summary>Elements of the heads' outputs of a token.</summary>
    public int AttendedSize => Config.QueryRows;

    /// <summary>Whether queries or keys have a norm of their own, whose gradient needs them as they were projected.</summary>
    public bool HasHeadNorms => QueryNorm is not null || KeyNorm is not null;

    /// <summary>The model's shape.</summary>
    internal ModelConfig Config { get; }

    /// <summary>Where heads lie.</summary>
    internal HeadLayout Layout { get; }

    /// <summary>Positions that a query sees, its own with them.</summary>
    internal int Window { get; }

    /// <summary>Rotary tables.</summary>
    internal RopeTable Rope { get; }

    /// <summary>The norm of a head's queries, or null.</summary>
    internal BlockNorm? QueryNorm { get; }

    /// <summary>The norm of a head's keys, or null.</summary>
    internal BlockNorm? KeyNorm { get; }

    /// <summary>The first position that a query sees.</summary>
    /// <param name="position">The query's.</param>
    internal int FirstSeen(int position) => Math.Max(0, position - Math.Min(Window, position + 1) + 1);
}
