namespace Dropwise.Architecture.Tests;

public sealed class ArrowTests
{
    public static TheoryData<string> Projects => [.. SourceTree.Projects()];

    [Theory]
    [MemberData(nameof(Projects))]
    public void References_run_one_way(string project)
    {
        foreach (string reference in SourceTree.References(project))
        {
            Assert.True(
                SourceTree.LayerOf(reference) <= SourceTree.LayerOf(project),
                $"{project} references {reference}, against tests, bench -> src -> kernels -> generators");
        }
    }

    [Fact]
    public void Only_tests_and_bench_reference_the_command_line()
    {
        // The command line is the only composition root: a library that needs it has its arrow backwards.
        Assert.All(
            SourceTree.Projects().Where(p => SourceTree.References(p).Any(r => r.Contains("/Dropwise.Cli/", StringComparison.Ordinal))),
            project => Assert.Equal(SourceTree.Layers.Length - 1, SourceTree.LayerOf(project)));
    }

    [Fact]
    public void The_reference_oracle_does_not_see_the_kernels_it_judges()
    {
        IEnumerable<string> seen = SourceTree.References("kernels/Dropwise.Reference/Dropwise.Reference.csproj");
        Assert.All(seen, reference => Assert.StartsWith("generators/Dropwise.Abstractions/", reference, StringComparison.Ordinal));
    }
}
