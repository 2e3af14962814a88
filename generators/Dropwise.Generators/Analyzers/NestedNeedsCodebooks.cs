using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Levels are prefixes of several codebooks.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class NestedNeedsCodebooks() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0011",
        "Nested needs several codebooks",
        "'{0}' has no prefix of codebooks to serve: give AdditiveCodebook a Count of 2 or more, or remove Nested",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        // A count below 1 has a rule of its own.
        if (declaration.Nested is { } nested && (declaration.Additive is null || declaration.Additive.Integer("Count") == 1))
            yield return Violation.At(nested, declaration.Type.Name);
    }
}
