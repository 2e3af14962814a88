using System.Runtime.Intrinsics;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>Memory of one thread for settling groups.</summary>
/// <param name="capacity">The most inputs of a group.</param>
internal sealed class SettleScratch(int capacity)
{
    /// <summary>The group as its scale is fitted at first.</summary>
    public WeightGroup Group { get; } = new(capacity);

    /// <summary>Errors of the group's inputs under each candidate, [length].</summary>
    public Vector512<float>[] Errors { get; } = new Vector512<float>[capacity];

    /// <summary>Code values under each candidate, not numbers for outliers, [length].</summary>
    public Vector512<float>[] Points { get; } = new Vector512<float>[capacity];

    /// <summary>Code values of the choice, not numbers for outliers, [length].</summary>
    public float[] Chosen { get; } = new float[capacity];
}
