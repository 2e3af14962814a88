using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Integers and table indices mean nothing without a scale.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class MissingScale() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0007",
        "A format needs a scale",
        "the codes of '{0}' have no scale: add Group(32) for a scale a group of inputs, or OutputScale(ScalarType.Float16) for one a row",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        // A block has a rule of its own for its groups.
        if (declaration.Group is not null || declaration.OutputScale is not null || declaration.Block is not null) yield break;
        if ((declaration.Uniform ?? declaration.Lookup) is { } code) yield return Violation.At(code, declaration.Type.Name);
    }
}
