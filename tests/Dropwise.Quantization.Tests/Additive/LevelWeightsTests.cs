using Dropwise.Quantization.Additive;

namespace Dropwise.Quantization.Tests.Additive;

public sealed class LevelWeightsTests
{
    private static readonly FormatDescriptor Nested = TestFormats.Additive(4, 8, 8, nested: true);

    [Theory]
    [InlineData("uniform", new float[] { 1, 1, 1, 1 })]
    [InlineData("served", new float[] { 0.01f, 1, 1, 1 })]
    [InlineData("0,0.5,0,2", new float[] { 0, 0.5f, 0, 2 })]
    public void Names_and_lists_are_read(string text, float[] expected)
    {
        LevelWeights weights = LevelWeights.Parse(text);
        Assert.Equal(expected, weights.For(Nested));
        Assert.Equal(text, weights.Name);
    }

    [Theory]
    [InlineData("best")]
    [InlineData("1,2,x,4")]
    [InlineData("1,1,1,0")]
    [InlineData("1,-1,1,1")]
    [InlineData("")]
    public void Others_are_refused_with_the_text(string text)
    {
        QuantizationException e = Assert.Throws<QuantizationException>(() => LevelWeights.Parse(text));
        Assert.Contains($"'{text}'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_of_another_length_than_the_levels_is_refused() =>
        Assert.Throws<QuantizationException>(() => LevelWeights.Of(1, 1).For(Nested));

    [Fact]
    public void Drop_by_Drops_best_are_for_five_levels()
    {
        LevelWeights weights = LevelWeights.Parse("35W");
        Assert.Equal([0, 0, 0.5f, 0, 0.5f], weights.For(TestFormats.Additive(5, 8, 8, nested: true)));
        QuantizationException e = Assert.Throws<QuantizationException>(() => weights.For(Nested));
        Assert.Contains("five levels, and the format has 4", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_whole_sum_counts_where_levels_are_not_served() =>
        Assert.Equal([0, 0, 1], LevelWeights.Uniform.For(TestFormats.Additive(3, 8, 8, nested: false)));
}
