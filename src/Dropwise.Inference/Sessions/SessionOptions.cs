using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>How a session runs its model.</summary>
public sealed record SessionOptions
{
    /// <summary>Positions that the session can hold; null for all that the model was trained for.</summary>
    public int? Context { get; init; }

    /// <summary>The level of nested matrices, from 1; null for the highest that is present.</summary>
    public int? Level { get; init; }

    /// <summary>How products treat activations.</summary>
    public Precision Precision { get; init; } = Precision.Fast;

    /// <summary>The most tokens that go through the layers at once: enough to use each weight often, few enough for the second-level cache.</summary>
    public int Batch { get; init; } = 512;
}
