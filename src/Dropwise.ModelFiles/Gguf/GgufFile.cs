using System.Collections.Immutable;
using System.Numerics;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>
/// One GGUF file, memory-mapped (version 2 or 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md): magic, version, number of tensors and of
/// keys, the keys with their values, what there is of tensors, and from the next multiple of the alignment on the data. Everything in the
/// header is checked before anything is handed out.
/// </summary>
public sealed class GgufFile : IDisposable
{
    /// <summary>The first four bytes of a file, <c>GGUF</c> as a little-endian number.</summary>
    public const uint Magic = 0x46554747;

    /// <summary>The version that is written.</summary>
    internal const uint Version = 3;

    /// <summary>The alignment of data where a file does not say its own.</summary>
    internal const uint DefaultAlignment = 32;

    /// <summary>The key of the alignment.</summary>
    internal const string AlignmentKey = "general.alignment";

    // The specification's limit for keys; ggml's for tensors is 64, which some tools exceed.
    private const int LongestKey = 65535;
    private const int LongestName = 1024;
    private const int MostDimensions = 4;
    private const long LargestAlignment = 1 << 20;

    // Length, type and one byte of a value; length, dimensions, type and offset of a tensor.
    private const int LeastKeyBytes = sizeof(ulong) + sizeof(uint) + 1;
    private const int LeastTensorBytes = sizeof(ulong) + sizeof(uint) + sizeof(uint) + sizeof(ulong);

    private GgufFile(MappedFile file, GgufMetadata metadata, ImmutableArray<GgufTensor> tensors)
    {
        File = file;
        Metadata = metadata;
        Tensors = tensors;
    }

    /// <summary>The mapping.</summary>
    public MappedFile File { get; }

    /// <summary>The metadata.</summary>
    public GgufMetadata Metadata { get; }

    /// <summary>All tensors, in the order of the header.</summary>
    public ImmutableArray<GgufTensor> Tensors { get; }

    /// <summary>Whether a file begins as a GGUF file does.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ModelFileException">The file cannot be read.</exception>
    public static bool IsGguf(string path)
    {
        using var file = new MappedFile(path);
        return file.Length >= sizeof(uint) && new GgufCursor(file, 0).UInt32() == Magic;
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="registry">The formats that this program knows.</param>
    /// <exception cref="ModelFileException">The file cannot be read, is not a valid GGUF file or has a tensor of an unknown format; the message says what is wrong.</exception>
    public static GgufFile Open(string path, FormatRegistry registry)
    {
        var file = new MappedFile(path);
        try
        {
            return Parse(file, registry);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    private static GgufFile Parse(MappedFile file, FormatRegistry registry)
    {
        var cursor = new GgufCursor(file, 0);
        if (cursor.UInt32() != Magic) throw new ModelFileException(file.FilePath, "does not begin with GGUF: not a GGUF file");
        uint version = cursor.UInt32();
        if (version is not (2 or Version))
            throw cursor.Broken((version & 0xFFFF) == 0 ? "is big-endian, which is not supported" : $"has version {version}; supported are 2 and {Version}");

        // Both counts come first; that of the keys is checked when they are read, that of the tensors after them.
        ulong tensorCount = cursor.UInt64();
        GgufMetadata metadata = ReadMetadata(file, cursor);
        long alignment = Alignment(file, metadata);
        cursor.Subject = "the header";
        if (tensorCount > (ulong)((file.Length - cursor.Position) / LeastTensorBytes))
            throw cursor.Broken($"claims {tensorCount} tensors, but only {file.Length - cursor.Position} bytes follow");
        var heads = new List<TensorHead>((int)tensorCount);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < (int)tensorCount; i++)
        {
            TensorHead head = ReadHead(cursor);
            if (!names.Add(head.Name)) throw new ModelFileException(file.FilePath, head.Name, "is there twice");
            heads.Add(head);
        }

        long start = (cursor.Position + alignment - 1) / alignment * alignment;
        return new GgufFile(file, metadata, [.. heads.Select(head => Place(file, head, start, alignment, registry))]);
    }

    private static GgufMetadata ReadMetadata(MappedFile file, GgufCursor cursor)
    {
        int count = cursor.Count(LeastKeyBytes);
        var values = new OrderedDictionary<string, GgufValue>(count, StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            cursor.Subject = "the header";
            string key = cursor.Text(LongestKey);
            cursor.Subject = $"key '{key}'";
            if (!values.TryAdd(key, cursor.Value(cursor.Type()))) throw cursor.Broken("is there twice");
        }

        return new GgufMetadata(file.FilePath, values);
    }

    private static long Alignment(MappedFile file, GgufMetadata metadata)
    {
        if (metadata.Find(AlignmentKey) is not { } value) return DefaultAlignment;
        long alignment = value.Integer();
        return alignment is > 0 and <= LargestAlignment && BitOperations.IsPow2(alignment)
            ? alignment
            : throw new ModelFileException(file.FilePath, $"key '{AlignmentKey}' is {alignment}, not a power of two up to {LargestAlignment}");
    }

    private static TensorHead ReadHead(GgufCursor cursor)
    {
        cursor.Subject = "the header";
        string name = cursor.Text(LongestName);
        cursor.Subject = $"tensor '{name}'";
        uint count = cursor.UInt32();
        if (count > MostDimensions) throw cursor.Broken($"has {count} dimensions, more than {MostDimensions}");
        long[] shape = new long[count];
        for (int i = 0; i < shape.Length; i++)
        {
            ulong size = cursor.UInt64();
            shape[^(i + 1)] = size <= long.MaxValue ? (long)size : throw cursor.Broken($"has a dimension of {size}");
        }

        return new TensorHead(name, [.. shape], cursor.UInt32(), cursor.UInt64());
    }

    private static GgufTensor Place(MappedFile file, TensorHead head, long start, long alignment, FormatRegistry registry)
    {
        TensorType? dense = GgufTensorTypes.DenseOf(head.Type);
        FormatRow? format = dense is null ? GgufTensorTypes.FormatOf(head.Type, registry) : null;
        if (dense is null && format is null)
            throw new ModelFileException(file.FilePath, head.Name, $"has the type {GgufTensorTypes.NameOf(head.Type)}, of which no format is registered");
        long bytes = dense is { } type ? TensorInfo.BytesOf(type, head.Shape.AsSpan()) : BytesOf(file, head, format!.Descriptor);
        if (head.Offset % (ulong)alignment != 0)
            throw new ModelFileException(file.FilePath, head.Name, $"begins at byte {head.Offset} of the data, which is no multiple of {alignment}");

        // Unsigned, so that no sum wraps.
        if (bytes < 0 || (UInt128)(ulong)start + head.Offset + (ulong)bytes > (ulong)file.Length)
            throw new ModelFileException(file.FilePath, head.Name, $"of shape {TensorInfo.Spell(head.Shape.AsSpan())} ends behind the end of the file of {file.Length} bytes");
        return new GgufTensor(file, head.Name, dense, format, head.Shape, start + (long)head.Offset, bytes);
    }

    /// <summary>Bytes of a quantized tensor, or −1 where they do not fit 63 bits.</summary>
    private static long BytesOf(MappedFile file, TensorHead head, FormatDescriptor format)
    {
        BlockDescriptor block = format.Block!;
        if (head.Shape.Length == 0 || head.Shape[^1] % block.Inputs != 0)
            throw new ModelFileException(file.FilePath, head.Name, $"has the shape {TensorInfo.Spell(head.Shape.AsSpan())}, whose rows are not blocks of {block.Inputs} as {format.Name} has them");
        long elements = TensorInfo.BytesOf(TensorType.UInt8, head.Shape.AsSpan());
        UInt128 bytes = elements < 0 ? UInt128.MaxValue : (UInt128)elements / (uint)block.Inputs * (uint)block.Bytes;
        return bytes <= (UInt128)long.MaxValue ? (long)bytes : -1;
    }

    private readonly record struct TensorHead(string Name, ImmutableArray<long> Shape, uint Type, ulong Offset);
}
