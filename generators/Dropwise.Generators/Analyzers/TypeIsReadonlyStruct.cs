using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A format is a name for its kernels and holds no state.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class TypeIsReadonlyStruct() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0013",
        "The annotated type is not a plain readonly struct",
        "'{0}' is a {1}: declare it as a readonly partial struct",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        INamedTypeSymbol type = declaration.Type;
        string? fault = type.IsRecord ? "record"
            : type.TypeKind != TypeKind.Struct ? type.TypeKind.ToString().ToLowerInvariant()
            : type.IsRefLikeType ? "ref struct"
            : !type.IsReadOnly ? "struct that may hold state"
            : null;
        if (fault is not null) yield return Violation.By(type, type.Name, fault);
    }
}
