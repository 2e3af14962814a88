using System.Buffers.Binary;
using System.Text;

namespace Dropwise.ModelFiles;

/// <summary>One metadata value, in place in the file: it is decoded when it is asked for, so that a vocabulary costs nothing until then.</summary>
public sealed class GgufValue
{
    private readonly MappedFile _file;
    private readonly string _subject;
    private readonly long _offset;
    private readonly long _end;

    /// <summary>Describes a value whose extent was checked.</summary>
    /// <param name="file">The mapping.</param>
    /// <param name="subject">The key, as messages name it.</param>
    /// <param name="type">The type.</param>
    /// <param name="element">The type of elements; of a value that is no array, its own.</param>
    /// <param name="count">Elements; 1 of a value that is no array.</param>
    /// <param name="offset">The first byte of the value, or of an array's elements.</param>
    /// <param name="end">The byte after the last.</param>
    internal GgufValue(MappedFile file, string subject, GgufValueType type, GgufValueType element, int count, long offset, long end)
    {
        (_file, _subject, _offset, _end) = (file, subject, offset, end);
        Type = type;
        ElementType = element;
        Count = count;
    }

    /// <summary>The type.</summary>
    public GgufValueType Type { get; }

    /// <summary>The type of elements; of a value that is no array, its own.</summary>
    public GgufValueType ElementType { get; }

    /// <summary>Elements; 1 of a value that is no array.</summary>
    public int Count { get; }

    /// <summary>The bytes of the value, or of an array's elements, as they are in the file.</summary>
    /// <exception cref="ModelFileException">There are more than 31 bits count.</exception>
    internal ReadOnlySpan<byte> Bytes => _end - _offset <= int.MaxValue
        ? _file.Span(_offset, (int)(_end - _offset))
        : throw new ModelFileException(_file.FilePath, $"{_subject} has {_end - _offset} bytes");

    /// <summary>The value as a text.</summary>
    /// <exception cref="ModelFileException">It is none.</exception>
    public string Text() => Type == GgufValueType.Text ? TextAt(_offset, out _) : throw Unexpected("a text");

    /// <summary>The value as a truth value.</summary>
    /// <exception cref="ModelFileException">It is none.</exception>
    public bool Flag() => Type == GgufValueType.Boolean ? _file.Span(_offset, 1)[0] != 0 : throw Unexpected("a truth value");

    /// <summary>The value as an integer of whatever width; an array of one element counts as the element.</summary>
    /// <exception cref="ModelFileException">It is none, or exceeds 63 bits.</exception>
    public long Integer() => Count == 1 ? IntegerAt(0) : throw Unexpected("an integer");

    /// <summary>The value as a number of whatever type, which a float32 can hold.</summary>
    /// <exception cref="ModelFileException">It is no number, or infinite, or larger.</exception>
    public double Number()
    {
        double value = Type is GgufValueType.Float32 or GgufValueType.Float64 ? NumberAt(0) : Integer();
        return Math.Abs(value) <= float.MaxValue ? value : throw new ModelFileException(_file.FilePath, FormattableString.Invariant($"{_subject} is {value}, not a number that a float32 can hold"));
    }

    /// <summary>The elements of an array of texts.</summary>
    /// <exception cref="ModelFileException">It is none.</exception>
    public IEnumerable<string> Texts()
    {
        if (Type != GgufValueType.Array || ElementType != GgufValueType.Text) throw Unexpected("a list of texts");
        long offset = _offset;
        for (int i = 0; i < Count; i++)
        {
            yield return TextAt(offset, out long length);
            offset += sizeof(ulong) + length;
        }
    }

    /// <summary>The elements of an array of integers.</summary>
    /// <exception cref="ModelFileException">It is none, or one exceeds 63 bits.</exception>
    public IEnumerable<long> Integers()
    {
        if (Type != GgufValueType.Array) throw Unexpected("a list of integers");
        for (int i = 0; i < Count; i++) yield return IntegerAt(i);
    }

    /// <summary>The elements of an array of numbers of whatever type.</summary>
    /// <exception cref="ModelFileException">It is none.</exception>
    public IEnumerable<double> Numbers()
    {
        if (Type != GgufValueType.Array) throw Unexpected("a list of numbers");
        for (int i = 0; i < Count; i++) yield return ElementType is GgufValueType.Float32 or GgufValueType.Float64 ? NumberAt(i) : IntegerAt(i);
    }

    /// <summary>The value as people read it: long arrays are cut.</summary>
    public override string ToString()
    {
        const int Shown = 4;
        if (Type == GgufValueType.Array)
        {
            return ElementType is GgufValueType.Array ? $"[{Count} lists]"
                : $"[{string.Join(", ", (ElementType == GgufValueType.Text ? Texts() : Enumerable.Range(0, Math.Min(Shown, Count)).Select(ShownAt)).Take(Shown))}{(Count > Shown ? $", … {Count} elements" : "")}]";
        }

        return Type == GgufValueType.Text ? Text() : ShownAt(0);
    }

    private string ShownAt(int index) => ElementType switch
    {
        GgufValueType.Float32 or GgufValueType.Float64 => FormattableString.Invariant($"{NumberAt(index)}"),
        GgufValueType.Boolean => _file.Span(_offset + index, 1)[0] != 0 ? "true" : "false",
        _ => FormattableString.Invariant($"{IntegerAt(index)}"),
    };

    private ReadOnlySpan<byte> Element(int index)
    {
        int bytes = GgufCursor.BytesOf(ElementType);
        return _file.Span(_offset + ((long)index * bytes), bytes);
    }

    private long IntegerAt(int index)
    {
        switch (ElementType)
        {
            case GgufValueType.UInt8: return Element(index)[0];
            case GgufValueType.Int8: return (sbyte)Element(index)[0];
            case GgufValueType.UInt16: return BinaryPrimitives.ReadUInt16LittleEndian(Element(index));
            case GgufValueType.Int16: return BinaryPrimitives.ReadInt16LittleEndian(Element(index));
            case GgufValueType.UInt32: return BinaryPrimitives.ReadUInt32LittleEndian(Element(index));
            case GgufValueType.Int32: return BinaryPrimitives.ReadInt32LittleEndian(Element(index));
            case GgufValueType.Int64: return BinaryPrimitives.ReadInt64LittleEndian(Element(index));
            case GgufValueType.UInt64:
                ulong value = BinaryPrimitives.ReadUInt64LittleEndian(Element(index));
                return value <= long.MaxValue ? (long)value : throw new ModelFileException(_file.FilePath, $"{_subject} is {value}, which exceeds 63 bits");
            default: throw Unexpected("an integer");
        }
    }

    private double NumberAt(int index) => ElementType == GgufValueType.Float32
        ? BinaryPrimitives.ReadSingleLittleEndian(Element(index))
        : BinaryPrimitives.ReadDoubleLittleEndian(Element(index));

    private string TextAt(long offset, out long length)
    {
        length = (long)BinaryPrimitives.ReadUInt64LittleEndian(_file.Span(offset, sizeof(ulong)));
        if (length > int.MaxValue) throw new ModelFileException(_file.FilePath, $"{_subject} has a text of {length} bytes");
        return Encoding.UTF8.GetString(_file.Span(offset + sizeof(ulong), (int)length));
    }

    private ModelFileException Unexpected(string wanted) =>
        new(_file.FilePath, $"{_subject} is {(Type == GgufValueType.Array ? $"a list of {Count} {ElementType}" : Type.ToString())}, not {wanted}");
}
