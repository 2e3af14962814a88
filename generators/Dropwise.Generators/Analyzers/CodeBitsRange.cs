using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Codes have a width that kernels unpack.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class CodeBitsRange() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0003",
        "Code bits out of range",
        "{0} bits are out of range for {1}: use {2}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        // Wider uniform codes gain nothing over float16; wider tables do not fit a vector register's permute.
        if (declaration.Uniform is { } uniform && uniform.Integer("Bits") is { } bits and (< 2 or > 8))
            yield return Violation.In(uniform, "Bits", bits, uniform.Name, "2 to 8");
        if (declaration.Lookup is { } lookup && lookup.Integer("Bits") is { } index and (< 2 or > 4))
            yield return Violation.In(lookup, "Bits", index, lookup.Name, "2 to 4");
        if (declaration.Additive is { } additive && additive.Integer("CodeBits") is { } code and not (4 or (>= 8 and <= 16)))
            yield return Violation.In(additive, "CodeBits", code, additive.Name, "4, or 8 to 16");
    }
}
