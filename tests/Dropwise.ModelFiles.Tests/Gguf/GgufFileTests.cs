using Dropwise.Cpu;

namespace Dropwise.ModelFiles.Tests.Gguf;

public sealed class GgufFileTests : IDisposable
{
    private static readonly FormatRegistry Registry = new(Formats.FormatTable.Rows);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keys_of_every_type_are_read()
    {
        using GgufFile file = Open(RawGguf.Valid());
        GgufMetadata keys = file.Metadata;
        Assert.Equal("llama", keys["general.architecture"].Text());
        Assert.Equal(1, keys["llama.block_count"].Integer());
        Assert.True(keys["flag"].Flag());
        Assert.Equal(-1, keys["small"].Integer());
        Assert.Equal(-5, keys["wide"].Integer());
        Assert.Equal(0.25, keys["real"].Number());
        Assert.Equal(["a", "bc"], keys["list"].Texts());
        Assert.Equal(GgufValueType.Array, keys["nested"].ElementType);
        Assert.Equal("[2 lists]", keys["nested"].ToString());
        Assert.Null(keys.Find("none"));
    }

    [Fact]
    public void Tensors_lie_where_the_header_says()
    {
        using GgufFile file = Open(RawGguf.Valid());
        Assert.Equal(["norm", "small.weight", "super.weight"], file.Tensors.Select(static tensor => tensor.Name));
        Assert.Equal([16, 36, 144], file.Tensors.Select(static tensor => tensor.ByteLength));
        Assert.Equal([2L, 32L], file.Tensors[1].Shape);
        Assert.Equal("q4_k", file.Tensors[2].TypeName);
        Assert.All(file.Tensors, static tensor => Assert.Equal(0, tensor.Offset % 64));
        Assert.Equal(file.Tensors[0].Offset + 128, file.Tensors[2].Offset);
        Assert.Equal([0, 1, 2, 3], file.Tensors[0].ToView("norm").Bytes(0, 4).ToArray());
        CheckpointMatrix matrix = file.Tensors[1].ToMatrix("w");
        Assert.Equal((2, 32, "q4_0"), (matrix.Rows, matrix.Columns, matrix.Row.Descriptor.Name));
    }

    [Fact]
    public void Every_cut_is_refused_with_the_name_of_the_file()
    {
        byte[] whole = RawGguf.Valid().Bytes;
        for (int length = 1; length < whole.Length; length += length < 400 ? 1 : 7)
        {
            string message = Refused(whole[..length]);
            Assert.Contains("cut.gguf", message, StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, string> Broken => new()
    {
        { "magic", "does not begin with GGUF" },
        { "version 1", "has version 1; supported are 2 and 3" },
        { "big-endian", "is big-endian" },
        { "too many keys", "the header claims 1000000 entries" },
        { "too many tensors", "claims 1000000 tensors" },
        { "long key", "has a text of 70000 bytes" },
        { "unknown type", "key 'k' has the unknown type 13" },
        { "long list", "key 'k' claims 9223372036854775807 entries" },
        { "deep lists", "key 'k' nests arrays deeper than 8" },
        { "twice a key", "key 'k' is there twice" },
        { "twice a tensor", "tensor 't' is there twice" },
        { "five dimensions", "tensor 't' has 5 dimensions" },
        { "huge", "tensor 't' of shape" },
        { "unknown tensor type", "has the type IQ2_XXS, of which no format is registered" },
        { "no whole block", "whose rows are not blocks of 32" },
        { "unaligned", "tensor 't' begins at byte 8 of the data, which is no multiple of 32" },
        { "behind the end", "ends behind the end of the file" },
        { "alignment", "key 'general.alignment' is 48, not a power of two" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_file_is_refused_with_one_clear_line(string fault, string message)
    {
        RawGguf file = new();
        RawGguf raw = fault switch
        {
            "magic" => file.UInt32(1).Data(64),
            "version 1" => file.Header(1, 0, 0),
            "big-endian" => file.Header(0x03000000, 0, 0),
            "too many keys" => file.Header(3, 0, 1_000_000).Data(64),
            "too many tensors" => file.Header(3, 1_000_000, 0).Data(64),
            "long key" => file.Header(3, 0, 1).UInt64(70000).Data(80000),
            "unknown type" => file.Header(3, 0, 1).Key("k", 13).Data(16),
            "long list" => file.Header(3, 0, 1).Key("k", 9).UInt32(0).UInt64(long.MaxValue).Data(16),
            "deep lists" => Nested(file.Header(3, 0, 1).Key("k", 9)),
            "twice a key" => file.Header(3, 0, 2).Key("k", 4).UInt32(1).Key("k", 4).UInt32(1),
            "twice a tensor" => file.Header(3, 2, 0).Tensor("t", 0, 0, 1).Tensor("t", 0, 0, 1).Align(32).Data(32),
            "five dimensions" => file.Header(3, 1, 0).Tensor("t", 0, 0, 1, 1, 1, 1, 1).Data(64),
            "huge" => file.Header(3, 1, 0).Tensor("t", 0, 0, 1UL << 40, 1UL << 40).Data(64),
            "unknown tensor type" => file.Header(3, 1, 0).Tensor("t", 16, 0, 256).Data(512),
            "no whole block" => file.Header(3, 1, 0).Tensor("t", 2, 0, 33, 32).Data(4096),
            "unaligned" => file.Header(3, 1, 0).Tensor("t", 0, 8, 1).Data(64),
            "behind the end" => file.Header(3, 1, 0).Tensor("t", 0, 1UL << 62, 1).Data(64),
            "alignment" => file.Header(3, 0, 1).Key("general.alignment", 4).UInt32(48),
            _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, "no such fault"),
        };
        string line = Refused(raw.Bytes);
        Assert.Contains(message, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line);
    }

    [Theory]
    [InlineData("flag", "is Boolean, not an integer")]
    [InlineData("list", "is a list of 2 Text, not a text")]
    public void A_value_of_another_type_is_refused_by_its_key(string key, string message)
    {
        using GgufFile file = Open(RawGguf.Valid());
        string line = Assert.Throws<ModelFileException>(() => key == "flag" ? file.Metadata[key].Integer() : file.Metadata[key].Text().Length).Message;
        Assert.Contains($"key '{key}' {message}", line, StringComparison.Ordinal);
    }

    private static RawGguf Nested(RawGguf file)
    {
        for (int i = 0; i < 12; i++) file.UInt32(9).UInt64(1);
        return file.UInt32(0).UInt64(1).Data(16);
    }

    private GgufFile Open(RawGguf file) => GgufFile.Open(_folder.Write("a.gguf", file.Bytes), Registry);

    private string Refused(byte[] bytes)
    {
        string path = _folder.Write("cut.gguf", bytes);
        return Assert.Throws<ModelFileException>(() => GgufFile.Open(path, Registry).Dispose()).Message;
    }
}
