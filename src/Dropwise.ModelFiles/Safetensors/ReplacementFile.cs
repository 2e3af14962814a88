namespace Dropwise.ModelFiles;

/// <summary>A file under a temporary name beside its final one, which it takes only when it is whole.</summary>
internal sealed class ReplacementFile : IDisposable
{
    private const int BufferBytes = 1 << 16;

    private readonly string _path;
    private readonly string _temporary;
    private bool _committed;

    /// <summary>Creates the temporary file.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="byteLength">Bytes that will be written, so that a full disk is noticed at once where the file system can reserve.</param>
    /// <param name="folder">The folder of the temporary file, on the file system of the final one; null for the folder of that.</param>
    /// <exception cref="ModelFileException">The file cannot be created.</exception>
    public ReplacementFile(string path, long byteLength, string? folder = null)
    {
        _path = path;
        _temporary = NameBeside(path, "tmp", folder);
        Stream = Create(path, _temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = BufferBytes, PreallocationSize = byteLength,
        });
    }

    /// <summary>Receives the content.</summary>
    public FileStream Stream { get; }

    /// <summary>A name in the folder of a file that no other process uses: hidden, so that no listing mistakes it for a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="extension">Says what the temporary file is.</param>
    /// <param name="folder">Another folder to be in, or null.</param>
    public static string NameBeside(string path, string extension, string? folder = null) =>
        Path.Combine(folder ?? Path.GetDirectoryName(Path.GetFullPath(path)) ?? "", $".{Path.GetFileName(path)}.{Guid.NewGuid():N}.{extension}");

    /// <summary>Creates a temporary file, with errors that name the final one.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="temporary">The temporary name.</param>
    /// <param name="options">How to open it.</param>
    /// <exception cref="ModelFileException">The file cannot be created.</exception>
    public static FileStream Create(string path, string temporary, FileStreamOptions options)
    {
        if (Directory.Exists(path)) throw new ModelFileException(path, "cannot be written: it is a folder");

        // Taking the name of a device would take the device away from everybody, instead of writing to it.
        if (FileKind.IsSpecial(path)) throw new ModelFileException(path, "cannot be written: it is a device, a pipe or a socket, not a file");
        try
        {
            return new FileStream(temporary, options);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ModelFileException(path, "cannot be written: no such folder", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, $"cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Flushes the content to the disk and gives it the final name.</summary>
    public void Commit()
    {
        // Without this a crash soon after the rename could leave the final name with blocks that were never written.
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_temporary, _path, overwrite: true);
        _committed = true;
    }

    /// <summary>Deletes the temporary file unless it was committed.</summary>
    public void Dispose()
    {
        if (_committed) return;
        try
        {
            Stream.Dispose();
        }
        catch (IOException)
        {
            // What is buffered no longer fits the disk; it is about to be deleted, and the first failure is on its way to the caller.
        }
        finally
        {
            File.Delete(_temporary);
        }
    }
}
