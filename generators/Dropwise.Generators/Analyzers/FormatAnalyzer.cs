using System.Collections.Immutable;
using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>
/// One rule of the format language. The same check serves twice: as an analyzer it tells the author how to mend a declaration, and
/// through <see cref="FormatRules"/> it keeps the generator from translating one that is not legal.
/// </summary>
/// <param name="rule">The rule as the compiler knows it.</param>
internal abstract class FormatAnalyzer(DiagnosticDescriptor rule) : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public sealed override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [rule];

    /// <summary>Finds where a declaration breaks the rule.</summary>
    /// <param name="declaration">Any declaration; arguments that are missing or not constants are the compiler's own errors.</param>
    public abstract IEnumerable<Violation> Check(FormatDeclaration declaration);

    /// <inheritdoc/>
    public sealed override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterSymbolAction(Report, SymbolKind.NamedType);
    }

    private void Report(SymbolAnalysisContext context)
    {
        if (FormatDeclaration.Of((INamedTypeSymbol)context.Symbol, context.Compilation) is not { } declaration) return;
        foreach (Violation violation in Check(declaration)) context.ReportDiagnostic(violation.ToDiagnostic(SupportedDiagnostics[0]));
    }
}
