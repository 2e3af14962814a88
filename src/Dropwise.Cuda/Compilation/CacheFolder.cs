namespace Dropwise.Cuda;

/// <summary>Files that only save time: reading and writing them may fail without anybody being told.</summary>
internal static class CacheFolder
{
    /// <summary>A folder under the user's cache.</summary>
    /// <param name="name">The last part of the path.</param>
    /// <returns>Null where the user has no cache.</returns>
    public static string? Of(string name) =>
        Of(Environment.GetEnvironmentVariable("XDG_CACHE_HOME"), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile)) is { } cache ? Path.Combine(cache, "dropwise", name) : null;

    /// <summary>
    /// The user's cache. Users without a home, as services are, have none: the folder of temporary files belongs to everybody, and whoever can write a
    /// file there could have a device run it.
    /// </summary>
    /// <param name="cache"><c>XDG_CACHE_HOME</c>, which is to be ignored where it is relative (XDG Base Directory Specification).</param>
    /// <param name="home">The home folder, or nothing.</param>
    internal static string? Of(string? cache, string home) =>
        Path.IsPathRooted(cache) ? cache : Path.IsPathRooted(home) ? Path.Combine(home, ".cache") : null;

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file, or null where there is no folder for it.</param>
    /// <returns>Null where there is none that can be read.</returns>
    public static byte[]? TryRead(string? path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllBytes(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Writes a file so that readers see all of it or none: under a name of its own first, then moved.</summary>
    /// <param name="path">The file, or null where there is no folder for it.</param>
    /// <param name="content">All of its bytes.</param>
    /// <returns>Whether it was written.</returns>
    public static bool TryWrite(string? path, ReadOnlySpan<byte> content)
    {
        if (path is null) return false;
        string temporary = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(temporary, content);
            File.Move(temporary, path, overwrite: true);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Delete(temporary);
            return false;
        }
    }

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that could not be written can perhaps not be deleted either; it has a name that nobody reads.
        }
    }
}
