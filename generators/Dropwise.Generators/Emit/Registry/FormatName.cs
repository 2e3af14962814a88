using Dropwise.Generators.Model;

namespace Dropwise.Generators.Emit.Registry;

/// <summary>What the assembly's table knows of a format: enough to name its type, and nothing that changes when the format does.</summary>
/// <param name="Namespace">The namespace of the annotated type; empty for the global one.</param>
/// <param name="TypeName">The annotated type's name.</param>
internal sealed record FormatName(string Namespace, string TypeName)
{
    /// <summary>The name of a format's type.</summary>
    /// <param name="format">The format.</param>
    public static FormatName Of(FormatSpec format) => new(format.Namespace, format.TypeName);

    /// <inheritdoc/>
    public override string ToString() => Namespace.Length == 0 ? $"global::{TypeName}" : $"global::{Namespace}.{TypeName}";
}
