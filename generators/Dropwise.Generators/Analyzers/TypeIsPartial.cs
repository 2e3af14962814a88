using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Generated code lands in the annotated type.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class TypeIsPartial() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0012",
        "The annotated type is not partial",
        "generated kernels need a place: declare '{0}' as a readonly partial struct",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Type.DeclaringSyntaxReferences.Select(static r => r.GetSyntax()).OfType<TypeDeclarationSyntax>()
            .FirstOrDefault(static part => !part.Modifiers.Any(SyntaxKind.PartialKeyword)) is { } part)
        {
            yield return new Violation(part.Identifier.GetLocation(), declaration.Type.Name);
        }
    }
}
