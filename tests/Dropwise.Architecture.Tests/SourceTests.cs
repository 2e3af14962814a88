using System.Text.RegularExpressions;

namespace Dropwise.Architecture.Tests;

public sealed partial class SourceTests
{
    // A file above this hides more than one concern.
    private const int MaximumLines = 400;

    [Fact]
    public void No_source_is_longer_than_400_lines()
    {
        IEnumerable<string> tooLong =
            from file in SourceTree.Files(".cs", ".cu", ".cuh")
            let lines = SourceTree.Read(file).AsSpan().Count('\n')
            where lines > MaximumLines
            select $"{file}: {lines} lines";
        Assert.Empty(tooLong);
    }

    [Fact]
    public void No_consumer_branches_on_a_format_name()
    {
        // Whatever a format needs stands in its registry row; a name in a comparison or a case label would wire a consumer to it.
        string[] names = [.. FormatNames()];
        Assert.NotEmpty(names);
        string alternatives = string.Join('|', names.Select(Regex.Escape));
        var branch = new Regex($"""(case\s+|[=!]=\s*|Equals\(\s*|\bis\s+(not\s+)?|\bor\s+)"({alternatives})"|"({alternatives})"\s*(=>|[=!]=)""");
        IEnumerable<string> found =
            from file in SourceTree.Files(".cs")
            where !file.StartsWith("kernels/Dropwise.Formats/", StringComparison.Ordinal)
                && SourceTree.LayerOf(file) < SourceTree.Layers.Length - 1
            from Match match in branch.Matches(SourceTree.Read(file))
            select $"{file}: {match.Value}";
        Assert.Empty(found);
    }

    private static IEnumerable<string> FormatNames() =>
        from file in SourceTree.Files(".cs")
        where file.StartsWith("kernels/Dropwise.Formats/", StringComparison.Ordinal)
        from Match match in DeclaredName().Matches(SourceTree.Read(file))
        select match.Groups[1].Value;

    [GeneratedRegex("""\[QuantFormat\("([^"]+)"\)\]""")]
    private static partial Regex DeclaredName();
}
