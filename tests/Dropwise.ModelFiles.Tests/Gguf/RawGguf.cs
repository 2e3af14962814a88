using System.Text;

namespace Dropwise.ModelFiles.Tests.Gguf;

/// <summary>GGUF files written by hand, field by field, so that tests can make them as wrong as they like.</summary>
internal sealed class RawGguf
{
    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;

    public RawGguf() => _writer = new BinaryWriter(_bytes);

    /// <summary>The bytes so far.</summary>
    public byte[] Bytes => _bytes.ToArray();

    /// <summary>A valid file: keys of every type, nested lists, a float32 vector, a q4_0 and a q4_k matrix.</summary>
    public static RawGguf Valid()
    {
        RawGguf file = new RawGguf().Header(3, tensors: 3, keys: 9)
            .Key("general.architecture", 8).Text("llama")
            .Key("llama.block_count", 4).UInt32(1)
            .Key("flag", 7).Bytes8(1)
            .Key("small", 1).Bytes8(0xFF)
            .Key("wide", 11).UInt64(unchecked((ulong)-5L))
            .Key("real", 12).UInt64(BitConverter.DoubleToUInt64Bits(0.25))
            .Key("list", 9).UInt32(8).UInt64(2).Text("a").Text("bc")
            .Key("nested", 9).UInt32(9).UInt64(2).UInt32(5).UInt64(1).UInt32(7).UInt32(0).UInt64(3).Bytes8(1, 2, 3)
            .Key("general.alignment", 4).UInt32(64)
            .Tensor("norm", 0, 0, 4)
            .Tensor("small.weight", 2, 64, 32, 2)
            .Tensor("super.weight", 12, 128, 256, 1)
            .Align(64);
        return file.Data(64 + 64 + 144);
    }

    /// <summary>Magic, version and counts.</summary>
    public RawGguf Header(uint version, ulong tensors, ulong keys) => UInt32(GgufFile.Magic).UInt32(version).UInt64(tensors).UInt64(keys);

    /// <summary>A key and the type of its value.</summary>
    public RawGguf Key(string name, uint type) => Text(name).UInt32(type);

    /// <summary>What the header says about a tensor; dimensions in GGUF's order, inputs first.</summary>
    public RawGguf Tensor(string name, uint type, ulong offset, params ulong[] dimensions)
    {
        Text(name).UInt32((uint)dimensions.Length);
        foreach (ulong size in dimensions) UInt64(size);
        return UInt32(type).UInt64(offset);
    }

    public RawGguf Text(string value)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(value);
        UInt64((ulong)bytes.Length);
        return Bytes8(bytes);
    }

    public RawGguf UInt32(uint value)
    {
        _writer.Write(value);
        return this;
    }

    public RawGguf UInt64(ulong value)
    {
        _writer.Write(value);
        return this;
    }

    public RawGguf Bytes8(params byte[] values)
    {
        _writer.Write(values);
        return this;
    }

    /// <summary>Fills up to a multiple.</summary>
    public RawGguf Align(int alignment) => Data((int)(-_bytes.Length & (alignment - 1)));

    /// <summary>Bytes that count up from 0.</summary>
    public RawGguf Data(int count) => Bytes8([.. Enumerable.Range(0, count).Select(static i => (byte)i)]);
}
