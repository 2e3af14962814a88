using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Published;

/// <summary>A tile worked out by hand: S_s = 0.5, S_z = 1, Z_s = −2, Z_z = 0.25, all scales 5, all zeros 2, weight (row + input) mod 8.</summary>
public sealed class SpqrTileTests
{
    [Theory]
    [InlineData(0, 0x003eb1a23eb1a215UL)]
    [InlineData(1, 0x0007d63447d63455UL)]
    [InlineData(2, 0x0e08fac688fac695UL)]
    [InlineData(6, 0x0f2c688fac688f95UL)]
    [InlineData(11, 0x30111f58d11f58d5UL)]
    [InlineData(15, 0x0d358d11f58d11d5UL)]
    public void The_writer_of_these_tests_makes_the_known_words(int row, ulong expected) => Assert.Equal(expected, Words()[row]);

    [Fact]
    public void A_tile_stands_for_the_known_values()
    {
        double[] levels = [-6.125, -2.625, 0.875, 4.375, 7.875, 11.375, 14.875, 18.375];
        using var folder = new PublishedFolder(SpqrLayer.Config(), static (name, rows, columns, _) => new PublishedLayer([],
        [
            PublishedFolder.Tensor($"{name}.dense_weights", TensorType.Int64, [.. Enumerable.Range(0, rows * columns / 256).SelectMany(static _ => Words())], rows * columns / 16),
            PublishedFolder.Tensor($"{name}.row_offsets", TensorType.Int32, new int[rows + 1], rows + 1),
            PublishedFolder.Tensor($"{name}.col_vals", TensorType.Int32, Array.Empty<int>(), 0),
        ]));
        using ModelSource source = ModelSource.OpenAny(folder.Folder, new FormatRegistry(FormatTable.Rows));
        foreach (CheckpointMatrix matrix in source.Matrices.Values)
        {
            Assert.Null(matrix.Transform);
            var values = new float[matrix.Rows * matrix.Columns];
            matrix.DecodeRows(0, values);
            for (int i = 0; i < values.Length; i++) Assert.Equal(levels[((i / matrix.Columns % 16) + (i % matrix.Columns % 16)) % 8], values[i]);
        }
    }

    private static ulong[] Words() => SpqrLayer.Tile(
        [(Half)0.5, (Half)1, (Half)(-2), (Half)0.25],
        [.. Enumerable.Repeat(5, 16)],
        [.. Enumerable.Repeat(2, 16)],
        [.. Enumerable.Range(0, 256).Select(static i => ((i / 16) + (i % 16)) % 8)]);
}
