using System.Buffers.Binary;
using System.Text;

namespace Dropwise.ModelFiles;

/// <summary>Reads the header of a GGUF file from front to back. Every claim about a length is checked against the file before it is believed.</summary>
/// <param name="file">The mapping.</param>
/// <param name="position">The first byte to read.</param>
internal sealed class GgufCursor(MappedFile file, long position)
{
    // Deeper than any file nests arrays; a limit, because every level is a call.
    private const int DeepestArray = 8;

    /// <summary>The next byte to read.</summary>
    public long Position { get; private set; } = position;

    /// <summary>What is being read, as messages name it.</summary>
    public string Subject { get; set; } = "the header";

    private long Remaining => file.Length - Position;

    /// <summary>An unsigned 32-bit integer.</summary>
    /// <exception cref="ModelFileException">The file ends before it.</exception>
    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>An unsigned 64-bit integer.</summary>
    /// <exception cref="ModelFileException">The file ends before it.</exception>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>A number of things that follow, each of some bytes at least.</summary>
    /// <param name="leastBytes">The fewest bytes of one.</param>
    /// <exception cref="ModelFileException">The file has no room for as many.</exception>
    public int Count(int leastBytes)
    {
        ulong count = UInt64();
        return count <= (ulong)(Remaining / leastBytes) && count <= int.MaxValue
            ? (int)count
            : throw Broken($"claims {count} entries, but only {Remaining} bytes follow");
    }

    /// <summary>A text.</summary>
    /// <param name="longest">The most bytes that it may have.</param>
    /// <exception cref="ModelFileException">It is longer, or the file ends before it does.</exception>
    public string Text(int longest)
    {
        ulong length = UInt64();
        if (length > (ulong)longest) throw Broken($"has a text of {length} bytes, more than {longest}");
        return Encoding.UTF8.GetString(Take((int)length));
    }

    /// <summary>The type of a value.</summary>
    /// <exception cref="ModelFileException">There is no such type.</exception>
    public GgufValueType Type()
    {
        uint type = UInt32();
        return type <= (uint)GgufValueType.Float64 ? (GgufValueType)type : throw Broken($"has the unknown type {type}");
    }

    /// <summary>Passes over a value.</summary>
    /// <param name="type">Its type.</param>
    /// <returns>Where it begins, and for arrays what they hold.</returns>
    /// <exception cref="ModelFileException">The file ends before it does.</exception>
    public GgufValue Value(GgufValueType type)
    {
        long start = Position;
        if (type != GgufValueType.Array)
        {
            Skip(type, 0);
            return new GgufValue(file, Subject, type, type, 1, start, Position);
        }

        (GgufValueType element, int count) = ArrayHead();
        start = Position;
        SkipElements(element, count, 1);
        return new GgufValue(file, Subject, type, element, count, start, Position);
    }

    /// <summary>The error of something broken in what is being read.</summary>
    /// <param name="problem">What is wrong, as the end of a sentence.</param>
    public ModelFileException Broken(string problem) => new(file.FilePath, $"{Subject} {problem}");

    /// <summary>Bytes of a value, or 0 where it says its own length.</summary>
    /// <param name="type">The type.</param>
    internal static int BytesOf(GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Boolean => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Float32 => 4,
        GgufValueType.UInt64 or GgufValueType.Int64 or GgufValueType.Float64 => 8,
        _ => 0,
    };

    private (GgufValueType Element, int Count) ArrayHead()
    {
        GgufValueType element = Type();
        int least = element switch
        {
            GgufValueType.Text => sizeof(ulong),
            GgufValueType.Array => sizeof(uint) + sizeof(ulong),
            _ => BytesOf(element),
        };
        return (element, Count(least));
    }

    private void SkipElements(GgufValueType element, int count, int depth)
    {
        int bytes = BytesOf(element);
        if (bytes != 0) Skip((long)bytes * count);
        else for (int i = 0; i < count; i++) Skip(element, depth);
    }

    private void Skip(GgufValueType type, int depth)
    {
        switch (type)
        {
            case GgufValueType.Text:
                ulong length = UInt64();
                if (length > (ulong)Remaining) throw Broken($"has a text of {length} bytes, but only {Remaining} follow");
                Skip((long)length);
                break;
            case GgufValueType.Array:
                if (depth == DeepestArray) throw Broken($"nests arrays deeper than {DeepestArray}");
                (GgufValueType element, int count) = ArrayHead();
                SkipElements(element, count, depth + 1);
                break;
            default:
                Skip(BytesOf(type));
                break;
        }
    }

    private void Skip(long bytes)
    {
        if (bytes > Remaining) throw Truncated();
        Position += bytes;
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > Remaining) throw Truncated();
        ReadOnlySpan<byte> span = file.Span(Position, bytes);
        Position += bytes;
        return span;
    }

    private ModelFileException Truncated() => Broken($"goes on behind the end of the file at byte {file.Length}: it is truncated");
}
