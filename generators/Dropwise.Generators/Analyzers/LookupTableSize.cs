using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A lookup table has a value for every code.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class LookupTableSize() : FormatAnalyzer(Descriptor)
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0004",
        "Lookup table has the wrong size",
        "codes of {0} bits select one of {1} values, but the table has {2}: give {1} values or change Bits",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    // Digits of a block may have three values.
    private const int Ternary = 3;

    /// <inheritdoc/>
    public override IEnumerable<Violation> Check(FormatDeclaration declaration)
    {
        // Bits that are out of range have a rule of their own.
        if (declaration.Lookup is { } lookup && lookup.Integer("Bits") is { } bits and >= 2 and <= 4
            && lookup.Floats("Values") is { IsDefault: false } values && values.Length != 1 << bits
            && !(values.Length == Ternary && bits == 2 && declaration.BlockFields.Any(static field => field.Integer("Base") == Ternary)))
        {
            yield return Violation.In(lookup, "Values", bits, 1 << bits, values.Length);
        }
    }
}
