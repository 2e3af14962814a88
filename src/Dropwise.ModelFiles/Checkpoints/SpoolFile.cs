using Microsoft.Win32.SafeHandles;

namespace Dropwise.ModelFiles;

/// <summary>
/// A temporary file beside a checkpoint in the making. Quantizers finish matrix by matrix with all levels, the checkpoint wants level
/// by level: streams wait here, so that memory holds one matrix at a time.
/// </summary>
internal sealed unsafe class SpoolFile : IDisposable
{
    private const int ChunkBytes = 1 << 20;

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly Lock _appending = new();

    /// <summary>Creates the file.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="folder">The folder of the file; null for the checkpoint's.</param>
    /// <exception cref="ModelFileException">The file cannot be created.</exception>
    public SpoolFile(string path, string? folder)
    {
        _path = path;
        _stream = ReplacementFile.Create(path, ReplacementFile.NameBeside(path, "spool", folder), new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0, Options = FileOptions.DeleteOnClose,
        });
    }

    /// <summary>Appends memory. Several threads may append.</summary>
    /// <param name="address">The first byte.</param>
    /// <param name="byteLength">Bytes.</param>
    /// <returns>The byte of the spool where it starts.</returns>
    /// <exception cref="ModelFileException">The disk is full or fails.</exception>
    public long Append(nint address, long byteLength)
    {
        lock (_appending)
        {
            try
            {
                long start = _stream.Position;
                for (long offset = 0; offset < byteLength; offset += ChunkBytes)
                    _stream.Write(new ReadOnlySpan<byte>((byte*)address + offset, (int)Math.Min(byteLength - offset, ChunkBytes)));
                return start;
            }
            catch (IOException e)
            {
                throw new ModelFileException(_path, $"cannot be written: {e.Message}", e);
            }
        }
    }

    /// <summary>Copies a range to a sink.</summary>
    /// <param name="start">The byte where the range starts.</param>
    /// <param name="byteLength">Bytes.</param>
    /// <param name="sink">Receives them.</param>
    public void CopyTo(long start, long byteLength, TensorSink sink)
    {
        SafeFileHandle handle = _stream.SafeFileHandle;
        byte[] chunk = new byte[(int)Math.Min(byteLength, ChunkBytes)];
        for (long copied = 0; copied < byteLength;)
        {
            int read = RandomAccess.Read(handle, chunk.AsSpan(0, (int)Math.Min(byteLength - copied, chunk.Length)), start + copied);
            if (read == 0) throw new EndOfStreamException($"the temporary file of {_path} was cut by someone else");
            sink.Write(chunk.AsSpan(0, read));
            copied += read;
        }
    }

    /// <summary>Closes and deletes the file.</summary>
    public void Dispose() => _stream.Dispose();
}
