using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A zero point shifts unsigned integers.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class ZeroPointCodes() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0019",
        "A zero point needs unsigned uniform codes",
        "{0} already reach below zero: {1}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        // The quantized zero point has a rule of its own, and so has a group on an additive format.
        if (declaration.Group is not { } group || group.Choice<ZeroPoint>("Zero") is not (ZeroPoint.Original or ZeroPoint.Rescale)) yield break;
        if (declaration.Uniform is { } uniform && uniform.Flag("Signed"))
            yield return Violation.In(group, "Zero", "signed codes", "remove Signed or use ZeroPoint.None");
        if (declaration.Lookup is not null)
            yield return Violation.In(group, "Zero", "the values of a table", "shift the table or use ZeroPoint.None");
    }
}
