using System.Text;

namespace Dropwise.ModelFiles.Tests;

public sealed class BrokenCheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("dropwise.version\":\"1\"", "dropwise.version\":\"7\"", "is '7', but this program reads version 1")]
    [InlineData("dropwise.version", "dropwise.versio_", "not a Dropwise checkpoint")]
    [InlineData("\"config\":", "\"confix\":", "metadata 'config' is missing")]
    [InlineData("\"formats\":\"{", "\"formats\":\"[", "metadata 'formats' is not valid")]
    [InlineData("\"levels\":\"[ ", "\"levels\":\"[999999,", "metadata 'levels' does not ascend")]
    [InlineData("'format':'plain-uniform'", "'format':'plain-unknown'", "'plain-unknown'; registered are plain-nested, plain-shared, plain-uniform")]
    [InlineData("'code_bits':4", "'code_bits':5", "declares differently")]
    [InlineData("'rows':65", "'rows':-5", "tensor 'layers.0.q.weight' has the impossible size -5 x 24")]
    [InlineData("'rows':40", "'rows':999999", "tensor 'lm_head.weight' has the impossible size 999999 x 20")]
    [InlineData("'rows':40", "'rows':400", "'lm_head.weight.codes.1' is U8 [64, 20]; its format and size ask for U8 [448, 20]")]
    [InlineData("'rows':40", "'rows':'x'", "metadata 'formats' is not valid")]
    [InlineData("'columns':12", "'columns':11", "impossible size 3 x 11")]
    [InlineData("\"layers.0.q.weight.codes.3\"", "\"layers.0.q.weight.codex.3\"", "tensor 'layers.0.q.weight.codes.3' is missing")]
    [InlineData("\"codebooks.plain-shared.codebook.1\"", "\"codebooks.plain-shared.cadebook.1\"", "'codebooks.plain-shared.codebook.1' is missing")]
    [InlineData("\"layers.0.k.weight.signs\":{\"dtype\":\"U8\"", "\"layers.0.k.weight.signs\":{\"dtype\":\"I8\"", "is I8 [3]; its format and size ask for U8 [3]")]
    [InlineData("'transform':'layers.1.k.weight.signs'", "'transform':'lm_head.weight.scales'", "'lm_head.weight.scales' is F16")]
    [InlineData("'codebooks':'layers.1.k.weight',", "", "lacks the name of its codebooks")]
    public void A_checkpoint_that_contradicts_itself_is_refused_with_its_reason(string from, string to, string reason)
    {
        string path = _folder["c.safetensors"];
        new SampleCheckpoint().Write(path, _folder);
        Edit(path, from, to);
        ModelFileException e = Assert.Throws<ModelFileException>(() => CheckpointReader.Open(path, PlainFormat.Registry));
        Assert.Contains(reason, e.Message, StringComparison.Ordinal);
        Assert.Equal(path, e.File);
    }

    [Fact]
    public void A_plain_safetensors_file_is_no_checkpoint()
    {
        string path = _folder.Write("m.safetensors", RawSafetensors.Bytes(RawSafetensors.ValidHeader, 12));
        Assert.Contains("not a Dropwise checkpoint", Assert.Throws<ModelFileException>(() => CheckpointReader.Open(path, PlainFormat.Registry)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_that_is_not_there_is_named()
    {
        string path = _folder["c.safetensors"];
        new SampleCheckpoint().Write(path, _folder);
        using CheckpointReader reader = CheckpointReader.Open(path, PlainFormat.Registry);
        Assert.Equal("x", Assert.Throws<ModelFileException>(() => reader.ReadCanonical("x")).Tensor);
    }

    // An apostrophe stands for a quote inside a JSON string of the metadata. Keeps the header's length by the spaces at its end, so that all offsets stay true.
    private static void Edit(string path, string from, string to)
    {
        from = from.Replace("'", "\\\"");
        to = to.Replace("'", "\\\"");
        byte[] bytes = File.ReadAllBytes(path);
        int length = (int)BitConverter.ToUInt64(bytes);
        string header = Encoding.UTF8.GetString(bytes, 8, length);
        int at = header.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, $"the header has no {from}");
        byte[] edited = Encoding.UTF8.GetBytes(string.Concat(header.AsSpan(0, at), to, header.AsSpan(at + from.Length)).TrimEnd());
        Assert.True(edited.Length <= length, "the edited header is too long");
        bytes.AsSpan(8, length).Fill((byte)' ');
        edited.CopyTo(bytes, 8);
        File.WriteAllBytes(path, bytes);
    }
}
