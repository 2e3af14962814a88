using System.Xml.Linq;
using Dropwise.Testing;

namespace Dropwise.Architecture.Tests;

/// <summary>The checkout as files: projects and sources without what builds leave behind.</summary>
internal static class SourceTree
{
    /// <summary>The top folders in the order of the arrows: a project may reference its own layer and those before it.</summary>
    public static readonly string[][] Layers = [["generators"], ["kernels"], ["src"], ["tests", "bench"]];

    private static readonly string[] Leftovers = ["bin", "obj", "artifacts", "BenchmarkDotNet.Artifacts", "node_modules"];

    /// <summary>All files of the layers with one of the extensions, as paths from the root with forward slashes.</summary>
    public static IEnumerable<string> Files(params string[] extensions) =>
        from layer in Layers.SelectMany(folders => folders)
        let folder = RepositoryRoot.Combine(layer)
        where Directory.Exists(folder)
        from file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        let relative = Path.GetRelativePath(RepositoryRoot.Path, file).Replace('\\', '/')
        where extensions.Contains(Path.GetExtension(file)) && !relative.Split('/').Intersect(Leftovers).Any()
        orderby relative
        select relative;

    /// <summary>All project files.</summary>
    public static IEnumerable<string> Projects() => Files(".csproj");

    /// <summary>A file's text.</summary>
    public static string Read(string relative) => File.ReadAllText(RepositoryRoot.Combine(relative));

    /// <summary>The projects that a project references, as paths from the root.</summary>
    public static IEnumerable<string> References(string project)
    {
        string folder = Path.GetDirectoryName(RepositoryRoot.Combine(project))!;
        return from reference in XDocument.Parse(Read(project)).Descendants("ProjectReference")
               let include = reference.Attribute("Include")?.Value
               where include is not null
               select Path.GetRelativePath(RepositoryRoot.Path, Path.GetFullPath(Path.Combine(folder, include))).Replace('\\', '/');
    }

    /// <summary>The position of a file's layer in <see cref="Layers"/>.</summary>
    public static int LayerOf(string relative) => Array.FindIndex(Layers, folders => folders.Contains(relative.Split('/')[0]));
}
