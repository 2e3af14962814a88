namespace Dropwise;

/// <summary>
/// Runs of inputs of one output row share a scale and perhaps a zero. A size that does not divide K leaves a shorter last group.
/// </summary>
/// <param name="size">Weights a group: a multiple of 32, or 16 beside <see cref="SecondLevelAttribute"/>.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class GroupAttribute(int size) : Attribute
{
    /// <summary>Weights a group.</summary>
    public int Size { get; } = size;

    /// <summary>The type of the scale.</summary>
    public ScalarType Scale { get; init; } = ScalarType.Float16;

    /// <summary>How the zero is kept.</summary>
    public ZeroPoint Zero { get; init; } = ZeroPoint.None;
}
