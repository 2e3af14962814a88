using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A format has one kind of code.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SeveralCodeKinds() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0002",
        "A format has one code attribute",
        "'{0}' already has {1}: keep one of the code attributes, or declare a second format",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        for (int i = 1; i < declaration.CodeKinds.Length; i++)
            yield return Violation.At(declaration.CodeKinds[i], declaration.Type.Name, declaration.CodeKinds[0].Name);
    }
}
