using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.ModelFiles.Tests;

/// <summary>Streams whose length is the number of outliers: kernels follow them without a check, so the file must be judged.</summary>
public sealed class OutlierCheckpointTests : IDisposable
{
    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    private readonly TemporaryFolder _folder = new();
    private readonly CanonicalMatrix _matrix = SampleMatrix.Create(Spqr3.Row.Descriptor, 70, 1040, 1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_matrix_with_or_without_outliers_is_read_as_it_was_written(bool outliers)
    {
        if (!outliers) _matrix.Outliers = [];
        Write();
        using CheckpointReader reader = CheckpointReader.Open(_folder["c"], Registry);
        Assert.Equal(_matrix.Outliers.Length, reader.Matrices["w"].Outliers);
        SampleMatrix.AssertEqual(_matrix, reader.ReadCanonical("w"), 1);
    }

    [Theory]
    [InlineData(0, uint.MaxValue)]
    [InlineData(7, 0u)]
    [InlineData(-1, 1u)]
    public void Ends_of_jobs_that_point_outside_of_the_entries_are_refused(int job, uint end)
    {
        Write();
        long offset;
        int jobs;
        using (CheckpointReader reader = CheckpointReader.Open(_folder["c"], Registry))
        {
            TensorInfo info = reader.Contents.Single(static tensor => tensor.Info.Name == "w.outlier_jobs").Info;
            offset = info.Offset;
            jobs = (int)info.ByteLength / sizeof(uint);
        }

        byte[] bytes = File.ReadAllBytes(_folder["c"]);
        BitConverter.TryWriteBytes(bytes.AsSpan((int)offset + ((job < 0 ? jobs + job : job) * sizeof(uint))), end);
        _folder.Write("c", bytes);
        ModelFileException e = Assert.Throws<ModelFileException>(() => CheckpointReader.Open(_folder["c"], Registry));
        Assert.Contains("w.outlier_jobs", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_declaration_of_a_format_without_new_parts_is_written_as_before()
    {
        using (var writer = new CheckpointWriter(_folder["c"], new SampleCheckpoint().Texts))
        {
            writer.Add("w", Int4g32.Row, SampleMatrix.Create(Int4g32.Row.Descriptor, 8, 32, 1));
            writer.Complete(TestContext.Current.CancellationToken);
        }

        string header = File.ReadAllText(_folder["c"]);
        Assert.DoesNotContain("second_level", header, StringComparison.Ordinal);
        Assert.DoesNotContain("outliers", header, StringComparison.Ordinal);
    }

    private void Write()
    {
        using var writer = new CheckpointWriter(_folder["c"], new SampleCheckpoint().Texts);
        writer.Add("w", Spqr3.Row, _matrix);
        writer.Complete(TestContext.Current.CancellationToken);
    }
}
