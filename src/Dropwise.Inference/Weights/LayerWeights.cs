using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>The weights of one decoder layer; matrices are [outputs, inputs].</summary>
public sealed record LayerWeights
{
    /// <summary>The norm before attention, [hidden].</summary>
    public required float[] AttentionNorm { get; init; }

    /// <summary>[heads · head dimension, hidden].</summary>
    public required WeightMatrix Query { get; init; }

    /// <summary>[key-value heads · head dimension, hidden].</summary>
    public required WeightMatrix Key { get; init; }

    /// <summary>[key-value heads · head dimension, hidden].</summary>
    public required WeightMatrix Value { get; init; }

    /// <summary>[hidden, heads · head dimension].</summary>
    public required WeightMatrix AttentionOutput { get; init; }

    /// <summary>The norm before the feed-forward network, [hidden].</summary>
    public required float[] FeedForwardNorm { get; init; }

    /// <summary>[intermediate, hidden].</summary>
    public required WeightMatrix Gate { get; init; }

    /// <summary>[intermediate, hidden].</summary>
    public required WeightMatrix Up { get; init; }

    /// <summary>[hidden, intermediate].</summary>
    public required WeightMatrix Down { get; init; }

    /// <summary>All matrices.</summary>
    public IEnumerable<WeightMatrix> Matrices => [Query, Key, Value, AttentionOutput, Gate, Up, Down];
}
