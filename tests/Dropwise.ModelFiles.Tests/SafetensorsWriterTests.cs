using CsCheck;

namespace Dropwise.ModelFiles.Tests;

public sealed class SafetensorsWriterTests : IDisposable
{
    private static readonly Gen<(TensorType Type, long[] Shape)[]> Tensors =
        Gen.Select(Gen.Int[0, 9].Select(i => (TensorType)i), Gen.Long[0, 7].Array[0, 4]).Array[0, 8];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_tensors_and_any_metadata_are_read_back() =>
        Gen.Select(Tensors, Gen.Dictionary(Gen.String, Gen.String)[0, 4]).Sample(
            (tensors, metadata) =>
            {
                // A JSON text holds no lone surrogates.
                metadata = metadata.Where(pair => IsText(pair.Key) && IsText(pair.Value)).ToDictionary();
                string path = _folder[Guid.NewGuid().ToString("N")];
                TensorContent[] contents = [.. tensors.Select((tensor, i) => Counting($"t\"{i}", tensor.Type, [.. tensor.Shape]))];
                Write(path, contents, metadata);
                using SafetensorsFile file = SafetensorsFile.Open(path);
                Assert.Equal(0, file.DataStart % 64);
                Assert.Equal(metadata, file.Metadata.ToDictionary());
                Assert.Equal(contents.Length, file.Tensors.Length);
                foreach (TensorContent content in contents)
                {
                    TensorInfo info = file.Tensors.Single(tensor => tensor.Name == content.Name);
                    Assert.Equal((content.Type, content.ByteLength), (info.Type, info.ByteLength));
                    Assert.Equal(content.Shape, info.Shape);
                    Assert.Equal(Count(content.ByteLength), new TensorView(file.File, info).Bytes(0, (int)info.ByteLength).ToArray());
                }
            },
            iter: 200);

    [Fact]
    public void A_tensor_of_many_chunks_is_copied_whole()
    {
        string source = _folder["a"];
        Write(source, [Counting("t", TensorType.UInt8, [3_500_001])], []);
        using SafetensorsFile file = SafetensorsFile.Open(source);
        Write(_folder["b"], [TensorContent.Of(new TensorView(file.File, file.Tensors[0]))], []);
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(_folder["b"]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void Content_of_another_length_than_the_shape_leaves_the_old_file(int length) =>
        LeavesTheOldFile<InvalidOperationException>(new TensorContent("t", TensorType.UInt8, [4], sink => sink.Write(new byte[length])));

    [Fact]
    public void A_failing_callback_leaves_the_old_file() =>
        LeavesTheOldFile<TimeoutException>(new TensorContent("t", TensorType.UInt8, [4], _ => throw new TimeoutException()));

    [Fact]
    public void A_cancellation_in_the_middle_of_a_tensor_leaves_the_old_file()
    {
        using var cancellation = new CancellationTokenSource();
        var content = new TensorContent("t", TensorType.UInt8, [8], sink =>
        {
            sink.Write(new byte[4]);
            cancellation.Cancel();
            sink.Write(new byte[4]);
        });
        LeavesTheOldFile<OperationCanceledException>(content, cancellation.Token);
    }

    [Fact]
    public void Places_that_cannot_be_written_to_are_named()
    {
        string file = _folder.Write("file", "x");
        foreach (string path in (string[])[_folder.Path, _folder["none/m.safetensors"], Path.Combine(file, "m.safetensors")])
        {
            ModelFileException e = Assert.Throws<ModelFileException>(() => Write(path, [], []));
            Assert.StartsWith($"{path}: cannot be written", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_file_system_that_refuses_new_files_is_named()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/proc, which refuses new files also to root, is of Linux");
        Assert.Throws<ModelFileException>(() => Write("/proc/m.safetensors", [], []));
    }

    [Fact]
    public void Two_tensors_of_one_name_are_refused() =>
        Assert.Throws<ArgumentException>(() => Write(_folder["m"], [Counting("t", TensorType.UInt8, [1]), Counting("t", TensorType.UInt8, [2])], []));

    [Fact]
    public void A_full_disk_leaves_the_old_file_and_says_so()
    {
        using TinyDisk disk = TinyDisk.Mount(256);
        string path = Path.Combine(disk.Path, "m.safetensors");
        File.WriteAllText(path, "old");
        ModelFileException e = Assert.Throws<ModelFileException>(() => Write(path, [Counting("t", TensorType.UInt8, [1 << 20])], []));
        Assert.StartsWith($"{path}: cannot be written", e.Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(disk.Path));
    }

    private static void Write(string path, TensorContent[] tensors, Dictionary<string, string> metadata, CancellationToken? cancellation = null) =>
        SafetensorsWriter.Write(path, tensors, metadata, cancellation ?? TestContext.Current.CancellationToken);

    private void LeavesTheOldFile<TException>(TensorContent content, CancellationToken? cancellation = null)
        where TException : Exception
    {
        string path = _folder.Write("m.safetensors", "old");
        TensorContent[] contents = [Counting("first", TensorType.Float32, [100_000]), content];
        Assert.Throws<TException>(() => Write(path, contents, [], cancellation));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    private static TensorContent Counting(string name, TensorType type, long[] shape)
    {
        TensorContent content = null!;
        content = new TensorContent(name, type, [.. shape], sink => sink.Write(Count(content.ByteLength)));
        return content;
    }

    private static byte[] Count(long bytes) => [.. Enumerable.Range(0, (int)bytes).Select(i => (byte)i)];

    private static bool IsText(string text) => !text.Any(char.IsSurrogate);
}
