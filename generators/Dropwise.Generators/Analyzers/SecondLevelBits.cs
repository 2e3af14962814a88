using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Quantized scales and zeros have a width that kernels unpack.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SecondLevelBits() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0026",
        "Second-level bits out of range",
        "{0} bits of a scale and {1} of a zero are out of range: use 3 and 3, or 4 and 4",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        // Scale and zero of four rows are then whole bytes, which is what a lane reads.
        if (declaration.Block is null && declaration.SecondLevel is { } level && level.Integer("ScaleBits") is { } scale && level.Integer("ZeroBits") is { } zero
            && (scale is not (3 or 4) || zero != scale))
            yield return Violation.In(level, zero == scale ? "ScaleBits" : "ZeroBits", scale, zero);
    }
}
