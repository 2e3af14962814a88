using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>An outlier is one 32-bit word: a float16 and its place.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class OutlierEntry() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0029",
        "Outlier entry is not supported",
        "an outlier of {0} is not supported: use {1}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.SparseOutliers is not { } outliers) yield break;
        if (outliers.Choice<ScalarType>("Value") is { } type and not ScalarType.Float16)
            yield return Violation.In(outliers, "Value", $"type {type}", "ScalarType.Float16");
        if (outliers.Integer("Index") is { } bits and not 16) yield return Violation.In(outliers, "Index", $"{bits} index bits", "an Index of 16");
    }
}
