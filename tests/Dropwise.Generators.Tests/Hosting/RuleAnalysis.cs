using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Dropwise.Generators.Tests.Hosting;

/// <summary>What the analyzers say about sources in which the syntax at fault stands between <c>[|</c> and <c>|]</c>.</summary>
internal static class RuleAnalysis
{
    /// <summary>All analyzers of the assembly, found as the compiler finds them.</summary>
    public static readonly ImmutableArray<DiagnosticAnalyzer> Analyzers =
    [
        .. typeof(QuantFormatGenerator).Assembly.GetTypes()
            .Where(static t => t.IsDefined(typeof(DiagnosticAnalyzerAttribute), inherit: false))
            .Select(static t => (DiagnosticAnalyzer)Activator.CreateInstance(t, nonPublic: true)!),
    ];

    /// <summary>Runs all analyzers over one file without marks.</summary>
    public static async Task<ImmutableArray<Diagnostic>> RunAsync(string source) =>
        await FormatCompilation.Of(source).WithAnalyzers(Analyzers).GetAnalyzerDiagnosticsAsync(TestContext.Current.CancellationToken);

    /// <summary>Removes the marks.</summary>
    /// <returns>The source, and the marked texts in order.</returns>
    public static (string Source, string[] Marked) Unmark(string marked)
    {
        string[] pieces = marked.Split("[|");
        string[] found = [.. pieces.Skip(1).Select(static p => p[..p.IndexOf("|]", StringComparison.Ordinal)])];
        return (marked.Replace("[|", "", StringComparison.Ordinal).Replace("|]", "", StringComparison.Ordinal), found);
    }
}
