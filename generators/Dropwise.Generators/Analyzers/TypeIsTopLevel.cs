using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Kernels are named by the format alone.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class TypeIsTopLevel() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0014",
        "The annotated type is generic, nested or local to a file",
        "'{0}' is {1}: declare it directly in a namespace, without type parameters",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        INamedTypeSymbol type = declaration.Type;
        string? fault = type.IsGenericType ? "generic"
            : type.ContainingType is { } outer ? $"nested in '{outer.Name}'"
            : type.IsFileLocal ? "local to a file"
            : null;
        if (fault is not null) yield return Violation.By(type, type.Name, fault);
    }
}
