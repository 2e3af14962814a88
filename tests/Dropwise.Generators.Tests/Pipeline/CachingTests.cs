using Dropwise.Generators.Tests.Hosting;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Dropwise.Generators.Tests.Pipeline;

public sealed class CachingTests
{
    [Fact]
    public void Editing_an_unrelated_file_runs_no_step_again()
    {
        // Generation.Of asserts it, here and in all other tests; what is left to assert is that there was something to cache.
        Assert.Equal(Steps.Ours.Order(), Generation.Of(Samples.All).StepNames.Order());
    }

    [Fact]
    public void An_edit_beside_a_declaration_that_means_the_same_stops_at_the_parser()
    {
        GeneratorRunResult second = RunAfterEdit(Samples.Uniform, Samples.Uniform + "\n// a comment\n");
        Steps.AssertAllCached(second);
    }

    // The counterpart of the caching tests: it fails if steps were reported as cached whatever happens.
    [Fact]
    public void Editing_one_format_emits_that_format_and_leaves_the_others_and_the_table()
    {
        GeneratorRunResult second = RunAfterEdit(Samples.Uniform, Samples.Uniform.Replace("Group(32", "Group(64", StringComparison.Ordinal));
        Assert.Equal(
            [IncrementalStepRunReason.Modified, IncrementalStepRunReason.Cached, IncrementalStepRunReason.Cached],
            second.Reasons(TrackingNames.Emit));
        Assert.All(second.Reasons(TrackingNames.Table), reason => Assert.NotEqual(IncrementalStepRunReason.Modified, reason));
    }

    [Fact]
    public void Removing_a_format_removes_its_files_and_its_line_of_the_table()
    {
        CSharpCompilation compilation = FormatCompilation.Of(Samples.All);
        GeneratorDriver driver = FormatCompilation.Driver().RunGenerators(compilation, TestContext.Current.CancellationToken);
        SyntaxTree removed = compilation.SyntaxTrees[0];
        var files = driver.RunGenerators(compilation.RemoveSyntaxTrees(removed), TestContext.Current.CancellationToken).GetRunResult().Results.Single().GeneratedSources;
        Assert.DoesNotContain(files, static f => f.SourceText.ToString().Contains("my_int4", StringComparison.Ordinal));
        Assert.DoesNotContain(files, static f => f.HintName == "FormatTable.g.cs" && f.SourceText.ToString().Contains("MyInt4", StringComparison.Ordinal));
    }

    private static GeneratorRunResult RunAfterEdit(string before, string after)
    {
        CSharpCompilation compilation = FormatCompilation.Of(Samples.All);
        GeneratorDriver driver = FormatCompilation.Driver().RunGenerators(compilation, TestContext.Current.CancellationToken);
        SyntaxTree edited = compilation.SyntaxTrees.Single(t => t.ToString().EndsWith(before, StringComparison.Ordinal));
        SyntaxTree replacement = FormatCompilation.Parse("using Dropwise;\n" + after, edited.FilePath);
        return driver.RunGenerators(compilation.ReplaceSyntaxTree(edited, replacement), TestContext.Current.CancellationToken).GetRunResult().Results.Single();
    }
}
