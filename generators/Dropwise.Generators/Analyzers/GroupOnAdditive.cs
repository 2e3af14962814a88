using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Additive codewords carry their own magnitudes.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class GroupOnAdditive() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0018",
        "An additive format has no group scale",
        "codewords of '{0}' already carry magnitudes along the inputs: remove Group and use OutputScale for a scale a row",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Additive is not null && declaration.Group is { } group) yield return Violation.At(group, declaration.Type.Name);
    }
}
