using Xunit;

namespace Dropwise.Testing;

/// <summary>
/// Data that tests read: what the repository carries under <c>assets/</c>, and other people's data in the folder that the
/// environment variable <c>DROPWISE_DATA</c> names. A test whose data is absent is skipped and says what it missed.
/// </summary>
public static class TestData
{
    /// <summary>The environment variable that names the data folder.</summary>
    public const string Variable = "DROPWISE_DATA";

    /// <summary>The embedded default model, which every checkout has.</summary>
    public static string DefaultModel => RepositoryRoot.Combine("assets/tiny-stories-7m");

    /// <summary>Finds a file or folder of the data folder; skips the running test where there is none.</summary>
    /// <param name="relative">With forward slashes, from the data folder: <c>models/stories15m</c>.</param>
    /// <returns>The full path.</returns>
    public static string Find(string relative)
    {
        string? root = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(root)) Assert.Skip($"{Variable} is not set, so {relative} is not at hand");

        // The variable may be relative to the root of the checkout, as in `DROPWISE_DATA=../shared dotnet test`.
        string path = Path.GetFullPath(Path.Combine(RepositoryRoot.Path, root, relative));
        Assert.SkipUnless(Path.Exists(path), $"{path} does not exist");
        return path;
    }
}
