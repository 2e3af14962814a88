using System.IO.Compression;

namespace Dropwise.Packages.Tests;

[Trait("Category", "Slow")]
public sealed class OutsideProjectTests(PackageFeed feed) : IClassFixture<PackageFeed>
{
    [Fact]
    public async Task A_project_outside_declares_its_own_formats_and_its_kernels_agree_with_float64_on_every_engine()
    {
        string folder = await feed.CreateProjectAsync("Outside", "Formats.cs", "Program.cs", "Oracle.cs");
        var (built, buildOutput) = await Dotnet.RunAsync(folder, "build", "-c", "Release", "-nologo", "-v", "q");
        Assert.True(built == 0, buildOutput);

        var (exitCode, output) = await Dotnet.RunAsync(folder, Path.Combine("bin", "Release", "net10.0", "Outside.dll"));
        TestContext.Current.TestOutputHelper?.WriteLine(output);
        Assert.True(exitCode == 0, output);
        foreach (string format in (string[])["odd5g64", "table3", "nested3x8g8"])
        {
            foreach (string precision in (string[])["Fast", "Exact"])
                Assert.Contains($"ok {format} level 1 Scalar {precision}", output, StringComparison.Ordinal);
        }

        Assert.Contains("ok nested3x8g8 level 3 Scalar Fast", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_format_that_breaks_a_rule_does_not_build_outside_either()
    {
        string folder = await feed.CreateProjectAsync("Broken", "Broken.cs");
        var (exitCode, output) = await Dotnet.RunAsync(folder, "build", "-c", "Release", "-nologo", "-v", "q");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("Broken.cs(6,21): error DW0003", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_generator_and_the_documentation_are_inside_the_package_of_the_attributes()
    {
        using ZipArchive package = ZipFile.OpenRead(Directory.GetFiles(feed.Feed, "Dropwise.Abstractions.*.nupkg").Single());
        string[] entries = [.. package.Entries.Select(static e => e.FullName)];
        Assert.Contains("analyzers/dotnet/cs/Dropwise.Generators.dll", entries);
        Assert.Contains("lib/net10.0/Dropwise.Abstractions.xml", entries);
    }
}
