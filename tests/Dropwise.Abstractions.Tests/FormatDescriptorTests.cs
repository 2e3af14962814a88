namespace Dropwise.Abstractions.Tests;

public sealed class FormatDescriptorTests
{
    private static readonly FormatDescriptor Nested = new()
    {
        Name = "n", Kind = CodeKind.Additive, CodeBits = 8, CodebookCount = 4, Dimension = 8, Codeword = ScalarType.Int8,
        OutputScale = ScalarType.Float16, Nested = true,
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
}
