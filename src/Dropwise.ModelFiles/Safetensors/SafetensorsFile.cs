using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>
/// A safetensors file, memory-mapped: 8 bytes little-endian header length, a JSON header, the data of all tensors without gap or
/// overlap (https://github.com/huggingface/safetensors, "Format"). Everything in the header is checked before anything is handed out.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>The longest header that is read, in bytes: the limit of the reference implementation, which also keeps a hostile length harmless.</summary>
    public const int MaximumHeaderBytes = 100_000_000;

    /// <summary>Bytes of the header length that a file starts with.</summary>
    internal const int PrefixBytes = sizeof(ulong);

    private SafetensorsFile(MappedFile file, long dataStart, ImmutableArray<TensorInfo> tensors, FrozenDictionary<string, string> metadata)
    {
        File = file;
        DataStart = dataStart;
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>The mapping.</summary>
    public MappedFile File { get; }

    /// <summary>The byte where data start, from the start of the file.</summary>
    public long DataStart { get; }

    /// <summary>The byte where the data of a whole file end.</summary>
    public long DataEnd => Tensors.IsEmpty ? DataStart : Tensors[^1].End;

    /// <summary>All tensors of the header in the order of their data; those of a cut file may end behind its end.</summary>
    public ImmutableArray<TensorInfo> Tensors { get; }

    /// <summary>The strings of <c>__metadata__</c>.</summary>
    public FrozenDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowCut">Whether the file may end before its data do, as a nested checkpoint may that was cut to a lower level.</param>
    /// <exception cref="ModelFileException">The file cannot be read or is not a valid safetensors file; the message says what is wrong.</exception>
    public static SafetensorsFile Open(string path, bool allowCut = false)
    {
        var file = new MappedFile(path);
        try
        {
            return Parse(file, allowCut);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    private static SafetensorsFile Parse(MappedFile file, bool allowCut)
    {
        string path = file.FilePath;
        if (file.Length < PrefixBytes)
            throw new ModelFileException(path, $"{file.Length} bytes are too few for a safetensors file");
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(file.Span(0, PrefixBytes));
        if (headerLength > MaximumHeaderBytes)
            throw new ModelFileException(path, $"the header claims {headerLength} bytes, more than the {MaximumHeaderBytes} allowed: not a safetensors file, or a corrupted one");
        if ((long)headerLength > file.Length - PrefixBytes)
            throw new ModelFileException(path, $"the header claims {headerLength} bytes, but only {file.Length - PrefixBytes} follow: the file is truncated or corrupted");

        long dataStart = PrefixBytes + (long)headerLength;
        var header = new SafetensorsHeaderParser(file.Span(PrefixBytes, (int)headerLength), dataStart, path);
        header.Parse();
        var result = new SafetensorsFile(file, dataStart, header.SortedTensors(), header.Metadata.ToFrozenDictionary(StringComparer.Ordinal));
        if (file.Length > result.DataEnd)
            throw new ModelFileException(path, $"{file.Length - result.DataEnd} bytes follow the last tensor, which no tensor describes");
        if (file.Length < result.DataEnd && !allowCut)
        {
            TensorInfo cut = result.Tensors.First(tensor => tensor.End > file.Length);
            throw new ModelFileException(path, cut.Name, $"ends at byte {cut.End}, but the file has {file.Length} bytes: it is truncated");
        }

        return result;
    }
}
