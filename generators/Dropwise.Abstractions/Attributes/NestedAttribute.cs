namespace Dropwise;

/// <summary>
/// Every prefix of the codebooks is a served level: level k reconstructs from the first k codebooks (Drop-by-Drop, arXiv 2606.12876,
/// section 3), and is stored, shipped and run without the others.
/// </summary>
[AttributeUsage(AttributeTargets.Struct)]
public sealed class NestedAttribute : Attribute;
