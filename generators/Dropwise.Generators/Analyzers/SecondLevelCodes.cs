using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A second level stands on groups of 16 inputs of unsigned integers with quantized zeros, and has no other scale beside it.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SecondLevelCodes() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0025",
        "SecondLevel without quantized groups of unsigned codes",
        "SecondLevel quantizes scales and zeros of 16 inputs of small unsigned integers: {0}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    // The byte products of a group then fit 16 bits; wider codes gain nothing from scales of 3 bits.
    private const int MostBits = 4;

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.SecondLevel is not { } level || declaration.Block is not null) yield break;
        if (declaration.Uniform is not { } uniform || uniform.Flag("Signed") || uniform.Integer("Bits") > MostBits)
            yield return Violation.At(level, "use UniformCode with 2 to 4 Bits and Signed = false");
        else if (declaration.Group is not { } group || group.Integer("Size") is not (null or 16) || group.Choice<ZeroPoint>("Zero") != ZeroPoint.Quantized)
            yield return Violation.At(level, "use Group(16, Zero = ZeroPoint.Quantized)");
        else if (group.Choice<ScalarType>("Scale") is not null)
            yield return Violation.In(group, "Scale", "remove Scale from Group, for Stat says the type");
        else if (declaration.OutputScale is { } row)
            yield return Violation.At(row, "remove OutputScale");
    }
}
