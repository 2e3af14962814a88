using Dropwise.Cpu;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Tests.Rounding;

public sealed class SecondLevelQuantizerTests
{
    [Fact]
    public void Spqr3_stays_below_four_bits_a_weight_in_memory_with_everything_counted()
    {
        // The matrix of a real shape, in rows and inputs, is as large a share of padding as any.
        FormatRow row = Formats.Spqr3.Row;
        const int rows = 256;
        const int columns = 4096;
        CanonicalMatrix matrix = Quantize(Matrices.Gaussian(rows, columns));
        Assert.InRange(matrix.Outliers.Length, 0.009 * rows * columns, 0.01 * rows * columns);
        long bytes = row.Streams(rows, columns, matrix.Outliers.Length).Sum(static stream => stream.ByteLength);
        Assert.InRange(8.0 * bytes / (rows * columns), 3.9, 4.0);
        Assert.InRange(row.Descriptor.BitsPerWeight(1, rows, columns, matrix.Outliers.Length), 3.9, 4.0);
    }

    [Fact]
    public void A_second_level_beats_groups_of_as_many_bits()
    {
        FloatMatrix weights = Matrices.Gaussian(64, 1024);
        double with = Matrices.MeanSquaredError(weights, Matrices.Decoded(Quantize(weights)));
        double without = Matrices.MeanSquaredError(
            weights, Matrices.Decoded(new RtnQuantizer(Formats.Int3g32.Row.Descriptor).Quantize(weights, QuantizationRun.Default)));
        Assert.InRange(with, 0, 0.7 * without);
    }

    [Fact]
    public void Lone_large_weights_become_outliers_and_cost_their_groups_nothing()
    {
        FloatMatrix weights = Matrices.Gaussian(32, 512);
        for (int row = 0; row < 32; row++) weights.Row(row)[(row * 37) % 512] = row % 2 == 0 ? 80 : -80;
        CanonicalMatrix matrix = Quantize(weights);
        for (int row = 0; row < 32; row++)
            Assert.Contains(new Outlier(row, (row * 37) % 512, row % 2 == 0 ? 80 : -80), matrix.Outliers);
        Assert.InRange(Matrices.MeanSquaredError(weights, Matrices.Decoded(matrix)), 0, 0.03);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 7)]
    [InlineData(17, 40)]
    public void Constant_and_zero_weights_of_any_shape_survive(int rows, int columns)
    {
        foreach (float constant in (float[])[0, 0.5f, -3])
        {
            float[] values = new float[rows * columns];
            Array.Fill(values, constant);
            FloatMatrix decoded = Matrices.Decoded(Quantize(new FloatMatrix(rows, columns, values)));
            Assert.All(decoded.Values, value => Assert.InRange(value, constant - 0.01f, constant + 0.01f));
        }
    }

    [Fact]
    public void The_result_does_not_depend_on_the_workers()
    {
        FloatMatrix weights = Matrices.Gaussian(50, 200);
        var quantizer = new SecondLevelQuantizer(Formats.Spqr4.Row.Descriptor);
        CanonicalMatrix one = quantizer.Quantize(weights, new QuantizationRun(1));
        CanonicalMatrix three = quantizer.Quantize(weights, new QuantizationRun(3));
        Assert.Equal(one.Codes[0], three.Codes[0]);
        Assert.Equal(one.Outliers, three.Outliers);
        Assert.Equivalent(one.Statistics, three.Statistics);
    }

    [Fact]
    public void A_format_without_a_second_level_is_refused() =>
        Assert.Throws<QuantizationException>(() => new SecondLevelQuantizer(Formats.Int4g32.Row.Descriptor));

    private static CanonicalMatrix Quantize(FloatMatrix weights) =>
        new SecondLevelQuantizer(Formats.Spqr3.Row.Descriptor).Quantize(weights, QuantizationRun.Default);
}
