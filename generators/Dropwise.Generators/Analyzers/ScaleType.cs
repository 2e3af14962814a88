using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Scales are floats: kernels multiply by them.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class ScaleType() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0020",
        "Scale type is not supported",
        "a scale of type {0} is not supported: use ScalarType.Float16, BFloat16 or Float32",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Group is { } group && group.Choice<ScalarType>("Scale") is { } scale && !IsFloat(scale)
            && !(scale == ScalarType.Exponent8 && declaration.Block is not null))
            yield return Violation.In(group, "Scale", scale);
        if (declaration.OutputScale is { } row && row.Choice<ScalarType>("Type") is { } type && !IsFloat(type))
            yield return Violation.In(row, "Type", type);
    }

    private static bool IsFloat(ScalarType type) => type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32;
}
