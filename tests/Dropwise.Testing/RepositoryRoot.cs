namespace Dropwise.Testing;

/// <summary>Where the checkout lies that the running tests were built from.</summary>
public static class RepositoryRoot
{
    // The solution stands in the root of the checkout and nowhere else.
    private const string Marker = "Kernels.sln";

    /// <summary>The root folder, found upwards from the test program.</summary>
    /// <exception cref="DirectoryNotFoundException">The test program was moved out of its checkout.</exception>
    public static string Path { get; } = Locate();

    /// <summary>A path inside the checkout.</summary>
    /// <param name="relative">With forward slashes, from the root.</param>
    public static string Combine(string relative) => System.IO.Path.Combine(Path, relative);

    private static string Locate()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = System.IO.Path.GetDirectoryName(folder))
        {
            if (File.Exists(System.IO.Path.Combine(folder, Marker))) return folder;
        }

        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} holds {Marker}");
    }
}
