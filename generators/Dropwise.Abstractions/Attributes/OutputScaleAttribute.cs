namespace Dropwise;

/// <summary>One scale for each output row.</summary>
/// <param name="type">The type of the scale.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class OutputScaleAttribute(ScalarType type) : Attribute
{
    /// <summary>The type of the scale.</summary>
    public ScalarType Type { get; } = type;
}
