using System.Collections.Concurrent;
using System.Collections.Immutable;
using Dropwise.Generators.Diagnostics;
using Dropwise.Generators.Parsing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Analyzers;

/// <summary>A name stands for one format of an assembly. This rule needs all declarations at once, so it is no <see cref="FormatAnalyzer"/>.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class DuplicateName : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor Descriptor = new(
        "DW0015",
        "Two formats have one name",
        "'{0}' also names {1}: give each format a name of its own",
        FormatDiagnostics.Category,
        DiagnosticSeverity.Error,
        isEnabledByDefault: true,
        customTags: WellKnownDiagnosticTags.CompilationEnd);

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Descriptor];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterCompilationStartAction(static start =>
        {
            ConcurrentBag<FormatDeclaration> declarations = [];
            start.RegisterSymbolAction(
                symbol =>
                {
                    if (FormatDeclaration.Of((INamedTypeSymbol)symbol.Symbol, symbol.Compilation) is { } declaration) declarations.Add(declaration);
                },
                SymbolKind.NamedType);
            start.RegisterCompilationEndAction(end => Report(end, declarations));
        });
    }

    private static void Report(CompilationAnalysisContext context, IEnumerable<FormatDeclaration> declarations)
    {
        foreach (IGrouping<string?, FormatDeclaration> same in declarations.GroupBy(static d => d.Format.Text("Name"), StringComparer.Ordinal))
        {
            if (same.Key is null) continue;
            foreach (FormatDeclaration declaration in same)
            {
                IEnumerable<string> namesakes = same.Where(d => d != declaration).Select(static d => d.Type.ToDisplayString());
                string others = string.Join(", ", namesakes.OrderBy(static n => n, StringComparer.Ordinal));
                if (others.Length != 0)
                    context.ReportDiagnostic(Violation.In(declaration.Format, "Name", same.Key, others).ToDiagnostic(Descriptor));
            }
        }
    }
}
