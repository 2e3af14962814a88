using System.Buffers.Binary;
using System.Text;

namespace Dropwise.ModelFiles;

/// <summary>Composes the metadata of a GGUF file, in the order in which they are added; a key that is there already stays as it is.</summary>
public sealed class GgufMetadataBuilder
{
    private readonly MemoryStream _bytes = new();
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);

    /// <summary>Keys so far.</summary>
    public int Count => _keys.Count;

    /// <summary>The bytes so far.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes.GetBuffer().AsSpan(0, (int)_bytes.Length);

    /// <summary>Adds a text.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public void Text(string key, string value)
    {
        if (Begin(key, GgufValueType.Text)) Write(value);
    }

    /// <summary>Adds an unsigned integer.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value, not negative.</param>
    public void Integer(string key, int value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        if (Begin(key, GgufValueType.UInt32)) Write((uint)value);
    }

    /// <summary>Adds a float.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public void Number(string key, float value)
    {
        if (Begin(key, GgufValueType.Float32)) Write(BitConverter.SingleToUInt32Bits(value));
    }

    /// <summary>Adds a truth value.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public void Flag(string key, bool value)
    {
        if (Begin(key, GgufValueType.Boolean)) _bytes.WriteByte(value ? (byte)1 : (byte)0);
    }

    /// <summary>Adds a list of texts.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">The values.</param>
    public void Texts(string key, IReadOnlyCollection<string> values)
    {
        if (!BeginList(key, GgufValueType.Text, values.Count)) return;
        foreach (string value in values) Write(value);
    }

    /// <summary>Adds a list of integers.</summary>
    /// <param name="key">The key.</param>
    /// <param name="values">The values.</param>
    public void Integers(string key, IReadOnlyCollection<int> values)
    {
        if (!BeginList(key, GgufValueType.Int32, values.Count)) return;
        foreach (int value in values) Write((uint)value);
    }

    /// <summary>Adds a value as another file has it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="value">The value.</param>
    public void Copy(string key, GgufValue value)
    {
        bool isNew = value.Type == GgufValueType.Array ? BeginList(key, value.ElementType, value.Count) : Begin(key, value.Type);
        if (isNew) _bytes.Write(value.Bytes);
    }

    /// <summary>Writes a text as GGUF does everywhere: length and UTF-8.</summary>
    /// <param name="stream">Receives the bytes.</param>
    /// <param name="value">The text.</param>
    internal static void Write(Stream stream, string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)bytes.Length);
        stream.Write(length);
        stream.Write(bytes);
    }

    private bool BeginList(string key, GgufValueType element, int count)
    {
        if (!Begin(key, GgufValueType.Array)) return false;
        Write((uint)element);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)count);
        _bytes.Write(bytes);
        return true;
    }

    private bool Begin(string key, GgufValueType type)
    {
        if (!_keys.Add(key)) return false;
        Write(key);
        Write((uint)type);
        return true;
    }

    private void Write(string value) => Write(_bytes, value);

    private void Write(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.Write(bytes);
    }
}
