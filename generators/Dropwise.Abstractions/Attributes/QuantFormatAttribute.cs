namespace Dropwise;

/// <summary>
/// Declares a weight format. The generator expands the annotated <c>readonly partial struct</c> into a packer, CPU and GPU
/// kernels and a registry row.
/// </summary>
/// <param name="name">The name on the command line and in checkpoints: lower-case letters, digits and underscores, first a letter.</param>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class QuantFormatAttribute(string name) : Attribute
{
    /// <summary>The name on the command line and in checkpoints.</summary>
    public string Name { get; } = name;
}
