using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dropwise.Generators.Tests.Hosting;

/// <summary>
/// One run of the generator, which is always followed by a second one after an unrelated file was edited: every test of the
/// generator is also a test of its caching.
/// </summary>
internal sealed class Generation
{
    private Generation(GeneratorRunResult result, Compilation output)
    {
        Files = result.GeneratedSources.ToDictionary(static s => s.HintName, static s => s.SourceText.ToString());
        StepNames = [.. result.TrackedSteps.Keys.Intersect(Steps.Ours)];
        Output = output;
    }

    /// <summary>The generated files by hint name.</summary>
    public IReadOnlyDictionary<string, string> Files { get; }

    /// <summary>The named steps that ran.</summary>
    public IReadOnlyList<string> StepNames { get; }

    /// <summary>The compilation with the generated files.</summary>
    public Compilation Output { get; }

    /// <summary>Errors and warnings of the compiler about sources and generated files.</summary>
    public IEnumerable<Diagnostic> Problems => Output.GetDiagnostics().Where(static d => d.Severity >= DiagnosticSeverity.Warning);

    /// <summary>Generates from sources, each a file.</summary>
    public static Generation Of(params string[] sources)
    {
        CSharpCompilation compilation = FormatCompilation.Of(sources);
        GeneratorDriver driver = FormatCompilation.Driver().RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out _);
        GeneratorRunResult first = driver.GetRunResult().Results.Single();
        Assert.Null(first.Exception);

        SyntaxTree unrelated = FormatCompilation.Parse("internal static class Unrelated;", "Unrelated.cs");
        GeneratorRunResult second = driver.RunGenerators(compilation.AddSyntaxTrees(unrelated)).GetRunResult().Results.Single();
        Assert.Null(second.Exception);
        Steps.AssertAllCached(second);
        return new Generation(first, output);
    }
}
