namespace Dropwise.Cli.Tests;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dropwise-test-");

    public string Path => _folder.FullName;

    /// <summary>What lies in it.</summary>
    public string[] Files => [.. _folder.EnumerateFileSystemInfos().Select(entry => entry.Name).Order()];

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
