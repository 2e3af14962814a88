using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A quantized zero point belongs to second-level scales.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class QuantizedZero() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0017",
        "A quantized zero point needs second-level scales",
        "ZeroPoint.Quantized needs second-level scales: add SecondLevel, or use ZeroPoint.Original or ZeroPoint.Rescale",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.SecondLevel is null && declaration.Group is { } group && group.Choice<ZeroPoint>("Zero") == ZeroPoint.Quantized)
            yield return Violation.In(group, "Zero");
    }
}
