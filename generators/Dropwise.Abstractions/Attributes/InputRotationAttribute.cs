namespace Dropwise;

/// <summary>The codes describe W·Vᵀ and the kernels read V·x: outliers of the inputs are spread before they are quantized.</summary>
/// <param name="rotation">The transform V.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class InputRotationAttribute(Rotation rotation) : Attribute
{
    /// <summary>The transform V.</summary>
    public Rotation Rotation { get; } = rotation;
}
