using Dropwise.Cpu;

namespace Dropwise.ModelFiles.Tests;

public sealed class CheckpointWriterTests : IDisposable
{
    private static readonly ModelTexts Texts = new("{}");
    private static readonly FormatRow Row = PlainFormat.Nested;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_place_that_cannot_be_written_to_is_noticed_before_the_work_is_done() =>
        Assert.Contains("no such folder", Assert.Throws<ModelFileException>(() => new CheckpointWriter(_folder["none/c"], Texts)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_writer_that_is_given_up_leaves_nothing()
    {
        using (var writer = new CheckpointWriter(_folder["c"], Texts)) writer.Add("w", Row, SampleMatrix.Create(Row.Descriptor, 70, 16, 1));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_cancellation_leaves_the_old_file_and_nothing_else()
    {
        _folder.Write("c", "old");
        using (var writer = new CheckpointWriter(_folder["c"], Texts))
        {
            writer.Add("w", Row, SampleMatrix.Create(Row.Descriptor, 70, 16, 1));
            Assert.Throws<OperationCanceledException>(() => writer.Complete(new CancellationToken(canceled: true)));
        }

        Assert.Equal("old", File.ReadAllText(_folder["c"]));
        Assert.Equal([_folder["c"]], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_disk_that_fills_up_while_matrices_arrive_is_named_and_left_as_it_was()
    {
        using TinyDisk disk = TinyDisk.Mount(256);
        string path = Path.Combine(disk.Path, "c.safetensors");
        using (var writer = new CheckpointWriter(path, Texts))
        {
            CanonicalMatrix matrix = SampleMatrix.Create(Row.Descriptor, 512, 256, 1);
            ModelFileException e = Assert.Throws<ModelFileException>(() =>
            {
                for (int i = 0; i < 100; i++) writer.Add($"w{i}", Row, matrix);
            });
            Assert.StartsWith($"{path}: cannot be written", e.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(disk.Path));
    }

    [Fact]
    public void A_disk_that_fills_up_while_the_file_is_written_is_named_and_left_as_it_was()
    {
        using TinyDisk disk = TinyDisk.Mount(256);
        string path = Path.Combine(disk.Path, "c.safetensors");
        using (var writer = new CheckpointWriter(path, Texts))
        {
            // 96 KiB of codes fit once, in the spool, but not twice.
            writer.Add("w", Row, SampleMatrix.Create(Row.Descriptor, 512, 340, 1));
            Assert.StartsWith($"{path}: cannot be written", Assert.Throws<ModelFileException>(() => writer.Complete(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFiles(disk.Path));
    }

    [Fact]
    public void Parts_that_do_not_fit_the_format_are_refused()
    {
        using var writer = new CheckpointWriter(_folder["c"], Texts);
        CanonicalMatrix whole = SampleMatrix.Create(Row.Descriptor, 8, 16, 1);
        Assert.Throws<ArgumentException>("codebooks", () => writer.Add("w", Row, new CanonicalMatrix(Row.Descriptor, 8, 16) { Transform = whole.Transform }));
        Assert.Throws<ArgumentException>("transform", () => writer.Add("w", Row, new CanonicalMatrix(Row.Descriptor, 8, 16) { Codebooks = whole.Codebooks }));
        Assert.Throws<ArgumentException>("streams", () => writer.Add("w", Row, 8, 16, [], whole.Codebooks, whole.Transform));
    }

    [Fact]
    public void Codewords_that_their_type_does_not_hold_are_refused()
    {
        CanonicalMatrix matrix = SampleMatrix.Create(Row.Descriptor, 8, 16, 1);
        matrix.Codebooks!.Values[5] = 0.5f;
        using var writer = new CheckpointWriter(_folder["c"], Texts);
        writer.Add("w", Row, matrix);
        Assert.Contains("I8 does not hold exactly", Assert.Throws<ArgumentException>(() => writer.Complete(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shared_codebooks_that_are_two_sets_are_refused()
    {
        using var writer = new CheckpointWriter(_folder["c"], Texts);
        writer.Add("v", PlainFormat.Shared, SampleMatrix.Create(PlainFormat.Shared.Descriptor, 8, 16, 1));
        writer.Add("w", PlainFormat.Shared, SampleMatrix.Create(PlainFormat.Shared.Descriptor, 8, 16, 2));
        Assert.Contains("one set a model", Assert.Throws<ArgumentException>(() => writer.Complete(TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Matrices_may_arrive_from_several_threads()
    {
        using (var writer = new CheckpointWriter(_folder["c"], new SampleCheckpoint().Texts))
        {
            Parallel.For(0, 32, i => writer.Add($"w{i}", Row, SampleMatrix.Create(Row.Descriptor, 70, 16, i)));
            writer.Complete(TestContext.Current.CancellationToken);
        }

        using CheckpointReader reader = CheckpointReader.Open(_folder["c"], PlainFormat.Registry);
        for (int i = 0; i < 32; i++) SampleMatrix.AssertEqual(SampleMatrix.Create(Row.Descriptor, 70, 16, i), reader.ReadCanonical($"w{i}"), 3);
    }
}
