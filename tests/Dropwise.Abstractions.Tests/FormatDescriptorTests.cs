namespace Dropwise.Abstractions.Tests;

public sealed class FormatDescriptorTests
{
    private static readonly FormatDescriptor Nested = new()
    {
        Name = "n", Kind = CodeKind.Additive, CodeBits = 8, CodebookCount = 4, Dimension = 8, Codeword = ScalarType.Int8,
        OutputScale = ScalarType.Float16, Nested = true,
    };

    private static readonly FormatDescriptor Sparse = new()
    {
        Name = "s", Kind = CodeKind.Uniform, CodeBits = 3, GroupSize = 16, Zero = ZeroPoint.Quantized,
        SecondLevel = new() { ScaleBits = 3, ZeroBits = 3, GroupRows = 16, Stat = ScalarType.Float16 },
        Outliers = new() { Value = ScalarType.Float16, Index = 16, Layout = OutlierLayout.Jobs },
    };

    [Fact]
    public void Bits_per_weight_of_a_4096_square_matrix_match_the_size_formula_of_the_papers()
    {
        // AQLM's size formula with int8 codewords: codes + M·2^B·g·8 + 32·M + 16·N, over N·K.
        double expected = 2 + (((2 * 256 * 8 * 8) + (2 * 32) + (16.0 * 4096)) / (4096.0 * 4096));
        Assert.Equal(expected, Nested.BitsPerWeight(2, 4096, 4096), 12);
    }

    [Theory]
    [InlineData(576, 64)]
    [InlineData(1536, 256)]
    [InlineData(288, 32)]
    [InlineData(7, 1)]
    public void Rotation_block_is_the_largest_power_of_two_that_divides_the_inputs_at_most_256(int columns, int block) =>
        Assert.Equal(block, FormatDescriptor.RotationBlock(columns));

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_level_that_is_not_served_is_refused(int level) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Nested.CodebooksAt(level));

    [Fact]
    public void Bits_per_weight_of_a_second_level_and_outliers_match_the_size_formula_of_the_paper()
    {
        // SpQR's size formula, b_w + (b_s + b_z) / 16 + 64 / 256 and 32 an outlier, and 32 bits for each 16 × 512 weights to find it.
        const int outliers = 4096 * 41;
        double expected = 3.625 + (((32.0 * outliers) + 32) / (4096 * 4096)) + (32.0 / (16 * 512));
        Assert.Equal(expected, Sparse.BitsPerWeight(1, 4096, 4096, outliers), 12);
        Assert.Equal(3.625, Sparse.BitsPerWeight(1), 12);
    }

    [Theory]
    [InlineData("at row 2", 0, 0, 2, 0)]
    [InlineData("does not come after", 1, 5, 1, 5)]
    [InlineData("does not come after", 1, 5, 0, 6)]
    [InlineData("the code under the outlier", 0, 3, 1, 7)]
    public void Outliers_that_do_not_ascend_inside_the_matrix_over_codes_of_zero_are_refused(string message, int row, int column, int nextRow, int nextColumn)
    {
        var matrix = new CanonicalMatrix(Sparse, 2, 20);
        matrix.Codes[0][20 + 7] = 1;
        ArgumentException e = Assert.Throws<ArgumentException>(() => matrix.Outliers = [new Outlier(row, column, 1), new Outlier(nextRow, nextColumn, 1)]);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Outliers_of_a_format_without_any_are_refused() =>
        Assert.Throws<ArgumentException>(() => new CanonicalMatrix(Sparse with { Outliers = null }, 2, 20).Outliers = [new Outlier(0, 0, 1)]);
}
