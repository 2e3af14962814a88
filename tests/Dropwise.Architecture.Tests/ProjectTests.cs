using System.Xml.Linq;
using Dropwise.Testing;

namespace Dropwise.Architecture.Tests;

public sealed class ProjectTests
{
    public static TheoryData<string> Libraries => [.. SourceTree.Projects().Where(p => SourceTree.LayerOf(p) < SourceTree.Layers.Length - 1)];

    [Fact]
    public void Warnings_are_errors_and_analyzers_for_native_compilation_are_on_everywhere()
    {
        XDocument shared = XDocument.Parse(SourceTree.Read("Directory.Build.props"));
        foreach (string property in (string[])["TreatWarningsAsErrors", "IsAotCompatible", "GenerateDocumentationFile"])
            Assert.Equal("true", shared.Descendants(property).Single().Value);
        Assert.Equal("enable", shared.Descendants("Nullable").Single().Value);
    }

    [Theory]
    [MemberData(nameof(Libraries))]
    public void No_library_switches_its_guards_off(string project)
    {
        XDocument document = XDocument.Parse(SourceTree.Read(project));
        bool isCompilerPlugin = document.Descendants("TargetFramework").Any(t => t.Value == "netstandard2.0");
        foreach (string property in (string[])["TreatWarningsAsErrors", "IsAotCompatible", "Nullable", "NoWarn"])
        {
            // A generator runs inside the compiler and is never compiled to native code itself.
            if (isCompilerPlugin && property == "IsAotCompatible") continue;
            Assert.False(document.Descendants(property).Any(), $"{project} overrides {property}");
        }
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("generators/README.md")]
    [InlineData("kernels/README.md")]
    [InlineData("src/README.md")]
    [InlineData("bench/README.md")]
    public void Readmes_exist(string path) => Assert.True(File.Exists(RepositoryRoot.Combine(path)), $"{path} is missing");

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = SourceTree.Read("Kernels.sln").Replace('\\', '/');
        Assert.All(SourceTree.Projects(), project => Assert.Contains(project, solution, StringComparison.Ordinal));
    }
}
