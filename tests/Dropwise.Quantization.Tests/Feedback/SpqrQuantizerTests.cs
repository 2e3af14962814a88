using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Feedback;
using Dropwise.Quantization.Rounding;
using Dropwise.Quantization.Tests.Calibration;

namespace Dropwise.Quantization.Tests.Feedback;

public sealed class SpqrQuantizerTests
{
    /// <summary>The format of three bits, whatever the shipped one becomes.</summary>
    internal static readonly FormatDescriptor Format = new()
    {
        Name = "spqr3", Kind = CodeKind.Uniform, CodeBits = 3, GroupSize = 16, Zero = ZeroPoint.Quantized,
        SecondLevel = new SecondLevelDescriptor { ScaleBits = 3, ZeroBits = 3, GroupRows = 16, Stat = ScalarType.Float16 },
        Outliers = new OutlierDescriptor { Value = ScalarType.Float16, Index = 16, Layout = OutlierLayout.Jobs },
    };

    [Fact]
    public void Much_less_of_the_outputs_error_is_left_than_by_rounding_with_as_many_outliers()
    {
        // Neither 16 nor 32 divides rows or inputs.
        FloatMatrix weights = Matrices.Gaussian(72, 200);
        InputMoments moments = CorrelatedInputs.Moments(200, 5);
        CanonicalMatrix rounded = new SecondLevelQuantizer(Format).Quantize(weights, QuantizationRun.Default);
        double bits = Format.BitsPerWeight(1, weights.Rows, weights.Columns, rounded.Outliers.Length);
        CanonicalMatrix calibrated = Quantize(weights, moments, new SpqrOptions { Bits = bits });
        Assert.InRange(calibrated.Outliers.Length, 0, rounded.Outliers.Length);
        double left = CorrelatedInputs.WeightedError(weights, calibrated, moments) / CorrelatedInputs.WeightedError(weights, rounded, moments);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{left:F3} of rounding's error"));
        Assert.True(left < 0.25, FormattableString.Invariant($"{left:F3} of rounding's error is left"));
    }

    [Theory]
    [InlineData(3.9)]
    [InlineData(4.4)]
    public void Outliers_use_the_bits_that_they_may(double bits)
    {
        FloatMatrix weights = Matrices.Gaussian(256, 160);
        CanonicalMatrix result = Quantize(weights, CorrelatedInputs.Moments(160, 8), new SpqrOptions { Bits = bits });
        Assert.InRange(Format.BitsPerWeight(1, 256, 160, result.Outliers.Length), bits - 0.05, bits);
    }

    [Fact]
    public void Bits_below_those_of_the_codes_are_refused()
    {
        QuantizationException e = Assert.Throws<QuantizationException>(
            () => Quantize(Matrices.Gaussian(16, 64), CorrelatedInputs.Moments(64, 8), new SpqrOptions { Bits = 3.5 }));
        Assert.Contains("before outliers, more than the 3.5 that it may take", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Higher_thresholds_make_fewer_outliers()
    {
        FloatMatrix weights = Matrices.Gaussian(32, 128);
        InputMoments moments = CorrelatedInputs.Moments(128, 8);
        int[] counts = [.. new[] { 0.001, 0.02, 10 }.Select(threshold => Quantize(weights, moments, new SpqrOptions { Threshold = threshold }).Outliers.Length)];
        Assert.True(counts[0] > counts[1]);
        Assert.Equal(0, counts[2]);
    }

    [Fact]
    public void The_number_of_workers_changes_nothing()
    {
        FloatMatrix weights = Matrices.Gaussian(80, 96);
        InputMoments moments = CorrelatedInputs.Moments(96, 2);
        CanonicalMatrix one = Quantize(weights, moments, new SpqrOptions { Bits = 4.2 }, new QuantizationRun(1));
        CanonicalMatrix three = Quantize(weights, moments, new SpqrOptions { Bits = 4.2 }, new QuantizationRun(3));
        Assert.Equal(one.Codes[0], three.Codes[0]);
        Assert.Equal(one.Outliers, three.Outliers);
        Assert.Equal(one.Statistics!.ScaleCodes, three.Statistics!.ScaleCodes);
        Assert.Equal(one.Statistics.ZeroSteps, three.Statistics.ZeroSteps);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(1, 7)]
    [InlineData(17, 40)]
    public void Odd_shapes_hold_codes_and_statistics_of_the_format(int rows, int columns)
    {
        FloatMatrix weights = Matrices.Gaussian(rows, columns);
        weights.Row(0).Fill(0.25f);
        CanonicalMatrix result = Quantize(weights, CorrelatedInputs.Moments(columns, 1), new SpqrOptions());
        Assert.All(result.Codes[0], q => Assert.InRange(q, 0, 7));
        Assert.All(result.Statistics!.ScaleCodes, q => Assert.InRange(q, 0, 7));
        Assert.All(result.Statistics.ScaleSteps.Concat(result.Statistics.ZeroOffsets), s => Assert.Equal((float)(Half)s, s));
    }

    private static CanonicalMatrix Quantize(FloatMatrix weights, InputMoments moments, SpqrOptions options, QuantizationRun? run = null) =>
        new SpqrQuantizer(Format, options).Quantize([new LevelTarget(weights, moments)], run ?? QuantizationRun.Default);
}
