using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Emit.Text;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A lookup table is finite and strictly ascending, so that rounding to the nearest value is a binary search.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class LookupTableOrder() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0005",
        "Lookup table is not finite and ascending",
        "value {0} of the table, {1}, is {2}: list finite values in ascending order, each once",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        if (declaration.Lookup is not { } lookup || lookup.Floats("Values") is not { IsDefault: false } values) yield break;

        // Somebody else's table has somebody else's order.
        for (int i = 0; i < values.Length; i++)
        {
            string? fault = float.IsNaN(values[i]) || float.IsInfinity(values[i]) ? "not finite"
                : i > 0 && declaration.Block is null && values[i] <= values[i - 1] ? "not above the one before it"
                : null;
            if (fault is null) continue;

            // One report is enough: a table in descending order would otherwise be reported at every value.
            yield return Violation.In(lookup, "Values", i, Literals.Of(values[i]), fault);
            yield break;
        }
    }
}
