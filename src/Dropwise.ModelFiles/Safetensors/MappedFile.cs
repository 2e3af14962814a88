using System.IO.MemoryMappedFiles;

namespace Dropwise.ModelFiles;

/// <summary>
/// A whole file mapped for reading. Whoever keeps an address into the mapping also keeps this object reachable: the mapping ends
/// with <see cref="Dispose"/> or when nothing refers to it any more.
/// </summary>
public sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private byte* _pointer;

    /// <summary>Maps a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file does not exist, is empty or cannot be read.</exception>
    public MappedFile(string path)
    {
        FilePath = path;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            Length = stream.Length;

            // An empty file cannot be mapped, and none is a model.
            if (Length == 0) throw new ModelFileException(path, "the file is empty");
            _file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            _view = _file.CreateViewAccessor(0, Length, MemoryMappedFileAccess.Read);
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _pointer);
            _pointer += _view.PointerOffset;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ModelFileException(path, "no such file", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelFileException(path, $"cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Ends a mapping that was never disposed of: a view's handle alone would wait for its acquired pointer forever.</summary>
    ~MappedFile() => ReleasePointer();

    /// <summary>The path that was opened.</summary>
    public string FilePath { get; }

    /// <summary>Bytes of the file when it was mapped.</summary>
    public long Length { get; }

    /// <summary>Whether the mapping has ended.</summary>
    public bool IsDisposed => _pointer is null;

    /// <summary>The address of a range of the file, which is checked to lie inside.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="byteLength">Bytes of the range.</param>
    /// <exception cref="ObjectDisposedException">The mapping has ended.</exception>
    /// <exception cref="ModelFileException">The range is not inside the file.</exception>
    public nint AddressOf(long offset, long byteLength)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        if (offset < 0 || byteLength < 0 || offset > Length - byteLength)
            throw new ModelFileException(FilePath, $"bytes {offset} to {offset + byteLength} are outside the file of {Length} bytes");
        return (nint)(_pointer + offset);
    }

    /// <summary>A range of the file as a span, valid while this object is reachable and not disposed of.</summary>
    /// <param name="offset">The first byte.</param>
    /// <param name="byteLength">Bytes of the range.</param>
    /// <exception cref="ObjectDisposedException">The mapping has ended.</exception>
    /// <exception cref="ModelFileException">The range is not inside the file.</exception>
    public ReadOnlySpan<byte> Span(long offset, int byteLength) => new((void*)AddressOf(offset, byteLength), byteLength);

    /// <inheritdoc/>
    public void Dispose()
    {
        ReleasePointer();
        _view.Dispose();
        _file.Dispose();
        GC.SuppressFinalize(this);
    }

    private void ReleasePointer()
    {
        if (_pointer is null) return;
        _pointer = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
    }
}
