using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Choices are members of their enumerations.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class DeclaredChoice() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0022",
        "A choice is not a declared member",
        "{0} is no member of {1}: use {2}",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        foreach (Violation? violation in (Violation?[])
        [
            Undeclared<ZeroPoint>(declaration.Group, "Zero"),
            Undeclared<CodebookScope>(declaration.Additive, "Scope"),
            Undeclared<OutlierLayout>(declaration.SparseOutliers, "Layout"),
            Undeclared<Rotation>(declaration.InputRotation, "Rotation"),
        ])
        {
            if (violation is { } found) yield return found;
        }
    }

    // Scalar types have rules that list the allowed ones.
    private static Violation? Undeclared<T>(AttributePart? part, string property)
        where T : struct, Enum =>
        part?.Choice<T>(property) is { } value && !Enum.IsDefined(typeof(T), value)
            ? Violation.In(part, property, value, typeof(T).Name, string.Join(", ", Enum.GetNames(typeof(T))))
            : null;
}
