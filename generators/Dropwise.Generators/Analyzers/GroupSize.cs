using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>Groups are whole blocks of the kernels.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class GroupSize() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0006",
        "Group size is not a positive multiple of 32",
        "a group of {0} inputs is not a positive multiple of 32, the block that kernels unpack: use 32, 64, 128, …",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        // A second level and a block have rules of their own for their groups.
        if (declaration.SecondLevel is null && declaration.Block is null && declaration.Group is { } group && group.Integer("Size") is { } size && (size <= 0 || size % 32 != 0))
            yield return Violation.In(group, "Size", size);
    }
}
