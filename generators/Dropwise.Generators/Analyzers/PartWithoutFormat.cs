using System.Collections.Immutable;
using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A part of a format on a type that is none would be ignored in silence.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class PartWithoutFormat : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0021",
        "Part of a format on a type that is not a format",
        "{0} has no effect on '{1}': add QuantFormat with the format's name, or remove it",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Descriptor];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterSymbolAction(
            static symbol =>
            {
                var type = (INamedTypeSymbol)symbol.Symbol;
                if (FormatDeclaration.Of(type, symbol.Compilation) is not null) return;
                foreach (AttributePart part in FormatDeclaration.PartsOf(type))
                    symbol.ReportDiagnostic(Violation.At(part, part.Name, type.Name).ToDiagnostic(Descriptor));
            },
            SymbolKind.NamedType);
    }
}
