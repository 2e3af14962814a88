using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A format says how a code becomes a value.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class MissingCodeKind() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0001",
        "A format needs a code attribute",
        "'{0}' does not say how a code becomes a value: add UniformCode, LookupCode or AdditiveCodebook",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.CodeKinds.IsEmpty) yield return Violation.At(declaration.Format, declaration.Type.Name);
    }
}
