using System.Reflection;
using Dropwise.Testing;

namespace Dropwise.Packages.Tests;

/// <summary>A folder outside the repository with the packages of this checkout and room for projects that use them.</summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private static readonly string[] Packed = ["generators/Dropwise.Abstractions", "kernels/Dropwise.Cpu", "kernels/Dropwise.Snapshots"];

    private readonly string _root = Directory.CreateTempSubdirectory("dropwise-outside-").FullName;

    /// <summary>Where the packages are.</summary>
    public string Feed => Path.Combine(_root, "feed");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        string configuration = typeof(PackageFeed).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(static a => a.Key == "Configuration").Value!;
        foreach (string project in Packed)
        {
            var (exitCode, output) = await Dotnet.RunAsync(
                RepositoryRoot.Path, "pack", project, "-c", configuration, "--no-build", "-o", Feed, "-nologo", "-v", "q");
            Assert.True(exitCode == 0, output);
        }

        // The folder feed is the only source and the package folder is this run's own: nothing comes from the checkout's build
        // outputs or from an earlier run, and nothing is left behind.
        await File.WriteAllTextAsync(Path.Combine(_root, "nuget.config"), """
            <configuration>
              <config><add key="globalPackagesFolder" value="packages" /></config>
              <packageSources><clear /><add key="local" value="feed" /></packageSources>
            </configuration>
            """);
    }

    /// <summary>Creates a project of a console program.</summary>
    /// <param name="name">The project's name.</param>
    /// <param name="packages">The packages that it references; one is enough for formats and kernels.</param>
    /// <param name="sources">The embedded source files.</param>
    /// <returns>The project's folder.</returns>
    public async Task<string> CreateProjectAsync(string name, string[] packages, params string[] sources)
    {
        string references = string.Join("\n", packages.Select(static p => $"    <PackageReference Include=\"{p}\" Version=\"0.1.0\" />"));
        string folder = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, $"{name}.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <AllowUnsafeBlocks>true</AllowUnsafeBlocks>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>
            {references}
              </ItemGroup>
            </Project>
            """);
        foreach (string source in sources)
        {
            await using Stream resource = typeof(PackageFeed).Assembly.GetManifestResourceStream(source)!;
            await using FileStream file = File.Create(Path.Combine(folder, source));
            await resource.CopyToAsync(file);
        }

        return folder;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
