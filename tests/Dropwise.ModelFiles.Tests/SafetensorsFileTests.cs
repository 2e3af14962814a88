using System.Text;

namespace Dropwise.ModelFiles.Tests;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_valid_file_gives_its_tensors_in_place()
    {
        using SafetensorsFile file = Open(RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));
        Assert.Equal(["a", "b"], file.Tensors.Select(t => t.Name));
        Assert.Equal([1, 2], file.Tensors[1].Shape);
        var view = new TensorView(file.File, file.Tensors[1]);
        Assert.Equal([8, 9, 10, 11], view.Bytes(0, 4).ToArray());
        Assert.Equal(file.File.AddressOf(0, 1) + (nint)file.DataStart + 8, view.Address);
    }

    [Fact]
    public void Trailing_spaces_of_the_header_and_unknown_fields_are_allowed()
    {
        string header = """{"__metadata__":{"format":"pt"},"a":{"dtype":"U8","note":{"x":[1]},"shape":[],"data_offsets":[0,1]}}      """;
        using SafetensorsFile file = Open(RawSafetensors.Bytes(header, 1));
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(1, file.Tensors[0].Elements);
    }

    [Fact]
    public void Every_dtype_of_the_table_is_read_with_its_size()
    {
        foreach (TensorType type in Enum.GetValues<TensorType>())
        {
            int bytes = 3 * TensorTypes.BytesOf(type);
            string header = $$"""{"t":{"dtype":"{{TensorTypes.NameOf(type)}}","shape":[3],"data_offsets":[0,{{bytes}}] } }""";
            using SafetensorsFile file = Open(RawSafetensors.Bytes(header, bytes));
            Assert.Equal(type, file.Tensors[0].Type);
            Assert.Equal(3, file.Tensors[0].Elements);
        }
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("[]", "StartArray")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{} x", "not valid JSON")]
    [InlineData("""{"a":1}""", "entry of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", "lacks dtype, shape or data_offsets")]
    [InlineData("""{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "dtype of tensor 'a'")]
    [InlineData("""{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}""", "unknown dtype 'F31'")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"I8","shape":[2],"data_offsets":[0,8]}}""", "two dtypes")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "needs 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "impossible shape [-2]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""", "not a 64-bit integer")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,8]}}""", "impossible shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "impossible data_offsets [8, 0]")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "impossible data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""", "3 data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""", "impossible data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "behind the end of the tensor before it")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "overlaps")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""", "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[400],"data_offsets":[0,1600]}}""", "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "follow the last tensor")]
    [InlineData("""{"__metadata__":{"k":1},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "__metadata__.k")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"},"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}""", "'k' twice")]
    public void A_broken_header_is_refused_with_its_reason(string header, string reason)
    {
        ModelFileException e = Refused(RawSafetensors.Bytes(header, 12));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Contains("m.safetensors", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    [InlineData(100_000_001UL)]
    [InlineData(200UL)]
    [InlineData(1UL)]
    public void A_corrupted_header_length_is_refused(ulong length) =>
        Refused(RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12, length));

    [Fact]
    public void A_file_cut_at_any_byte_is_refused()
    {
        byte[] whole = RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12);
        for (int length = 0; length < whole.Length; length++) Refused(whole[..length]);
    }

    [Fact]
    public void Text_that_is_not_utf8_is_refused()
    {
        byte[] bytes = RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12);
        bytes[8 + RawSafetensors.ValidHeader.IndexOf("F32", StringComparison.Ordinal)] = 0xFF;
        Assert.Contains("not valid JSON", Refused(bytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_file_that_is_allowed_opens_but_a_view_beyond_its_end_does_not()
    {
        byte[] bytes = RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12)[..^1];
        using SafetensorsFile file = SafetensorsFile.Open(_folder.Write("m.safetensors", bytes), allowCut: true);
        Assert.Equal(8, new TensorView(file.File, file.Tensors[0]).ByteLength);
        Assert.Equal("b", Assert.Throws<ModelFileException>(() => new TensorView(file.File, file.Tensors[1])).Tensor);
    }

    [Fact]
    public void An_address_after_the_mapping_has_ended_is_refused()
    {
        SafetensorsFile file = Open(RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));
        var view = new TensorView(file.File, file.Tensors[0]);
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => view.Address);
        file.Dispose();
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        Assert.Contains("no such file", Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(_folder["none"])).Message, StringComparison.Ordinal);
        Assert.Throws<ModelFileException>(() => SafetensorsFile.Open(_folder.Path));
    }

    [Fact]
    public void A_header_of_a_million_dimensions_costs_memory_in_proportion_and_a_short_message()
    {
        var header = new StringBuilder("""{"a":{"dtype":"F32","data_offsets":[0,12],"shape":[""");
        header.AppendJoin(',', Enumerable.Repeat(1, 1_000_000)).Append("]}}");
        long before = GC.GetAllocatedBytesForCurrentThread();
        ModelFileException e = Refused(RawSafetensors.Bytes(header.ToString(), 12));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64_000_000);
        Assert.InRange(e.Message.Length, 1, 500);
    }

    [Fact]
    public void A_message_is_one_short_line_whatever_the_file_says()
    {
        string name = @"\u001b[2J\nerror" + new string('x', 100_000);
        string header = RawSafetensors.ValidHeader.Replace("\"b\"", $"\"{name}\"", StringComparison.Ordinal).Replace("BF16", "?", StringComparison.Ordinal);
        string message = Refused(RawSafetensors.Bytes(header, 12)).Message;
        Assert.DoesNotContain(message, char.IsControl);
        Assert.InRange(message.Length, 1, 1100);
    }

    private SafetensorsFile Open(byte[] bytes) => SafetensorsFile.Open(_folder.Write("m.safetensors", bytes));

    private ModelFileException Refused(byte[] bytes) => Assert.Throws<ModelFileException>(() => Open(bytes));
}
