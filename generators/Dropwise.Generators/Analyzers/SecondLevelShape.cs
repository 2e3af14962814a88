using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Statistics are shared by 16 rows, which is a quarter of a tile and the rows of a tensor core's fragment, and are float16.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class SecondLevelShape() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0027",
        "Second-level statistics have another shape or type",
        "second-level statistics of {0} are not supported: use {1}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.SecondLevel is not { } level || declaration.Block is not null) yield break;
        if (level.Integer("GroupRows") is { } rows and not 16) yield return Violation.In(level, "GroupRows", $"{rows} rows", "a GroupRows of 16");
        if (level.Choice<ScalarType>("Stat") is { } type and not ScalarType.Float16)
            yield return Violation.In(level, "Stat", $"type {type}", "ScalarType.Float16");
    }
}
