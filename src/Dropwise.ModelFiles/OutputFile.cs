namespace Dropwise.ModelFiles;

/// <summary>Writes a file that appears under its name only when it is whole; one that exists is replaced then.</summary>
public static class OutputFile
{
    /// <summary>Writes a file.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="content">Writes the content.</param>
    /// <exception cref="ModelFileException">The file cannot be written: no such folder, no permission, disk full.</exception>
    public static void Write(string path, Action<Stream> content)
    {
        using var file = new ReplacementFile(path, 0);
        try
        {
            content(file.Stream);
            file.Commit();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, $"cannot be written: {e.Message}", e);
        }
    }
}
