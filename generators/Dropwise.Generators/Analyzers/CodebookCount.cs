using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A format has 1 to 8 codebooks.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class CodebookCount() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0009",
        "Codebook count out of range",
        "{0} codebooks are out of range: use a Count of 1 to 8",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Additive is { } additive && additive.Integer("Count") is { } count and (< 1 or > 8))
            yield return Violation.In(additive, "Count", count);
    }
}
