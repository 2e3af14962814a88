using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Outliers stand beside a second level, whose kernels subtract what their codes stand for.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class OutlierCodes() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0028",
        "SparseOutliers without SecondLevel",
        "outliers replace weights of formats with a second level only: add SecondLevel, or remove SparseOutliers",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.SparseOutliers is { } outliers && declaration.SecondLevel is null) yield return Violation.At(outliers);
    }
}
