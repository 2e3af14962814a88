using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.Quantization.Rounding;
using Dropwise.Reference;

namespace Dropwise.Quantization.Tests.Rounding;

public sealed class BlockQuantizerTests
{
    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    // Relative errors on normal weights, a little above what the search reaches; a mistake in scales or offsets costs far more.
    [Theory]
    [InlineData("q2_k", 0.30)]
    [InlineData("q3_k", 0.17)]
    [InlineData("q4_k", 0.077)]
    [InlineData("q5_k", 0.040)]
    [InlineData("q6_k", 0.020)]
    [InlineData("iq4_xs", 0.085)]
    public void Blocks_with_a_second_level_are_close_to_their_weights(string format, double limit)
    {
        FloatMatrix weights = Matrices.Gaussian(24, 512);
        CanonicalMatrix matrix = new BlockQuantizer(Registry[format].Descriptor).Quantize(weights, QuantizationRun.Default);
        Assert.InRange(Error(weights, matrix), limit / 2, limit);
    }

    [Theory]
    [InlineData("q4_0", 0.095)]
    [InlineData("q4_1", 0.083)]
    [InlineData("q8_0", 0.006)]
    [InlineData("iq4_nl", 0.085)]
    [InlineData("mxfp4", 0.13)]
    [InlineData("tq1_0", 0.47)]
    public void Blocks_with_one_level_are_close_to_their_weights(string format, double limit)
    {
        FloatMatrix weights = Matrices.Gaussian(24, 512);
        CanonicalMatrix matrix = new RtnQuantizer(Registry[format].Descriptor).Quantize(weights, QuantizationRun.Default);
        Assert.InRange(Error(weights, matrix), limit / 2, limit);
    }

    [Fact]
    public void Zeros_stay_zeros()
    {
        CanonicalMatrix matrix = new BlockQuantizer(Registry["q4_k"].Descriptor).Quantize(new FloatMatrix(1, 256, new float[256]), QuantizationRun.Default);
        Assert.All(ReferenceDecoder.Decode(matrix, 1), static weight => Assert.Equal(0, weight));
    }

    [Fact]
    public void Inputs_that_are_no_whole_blocks_are_refused() => Assert.Contains(
        "do not divide 288",
        Assert.Throws<QuantizationException>(() => new BlockQuantizer(Registry["q4_k"].Descriptor).Quantize(Matrices.Gaussian(1, 288), QuantizationRun.Default)).Message,
        StringComparison.Ordinal);

    private static double Error(FloatMatrix weights, CanonicalMatrix matrix)
    {
        double[] decoded = ReferenceDecoder.Decode(matrix, 1);
        return Math.Sqrt(weights.Values.Zip(decoded, static (w, d) => (w - d) * (w - d)).Sum() / weights.Values.Sum(static w => (double)w * w));
    }
}
