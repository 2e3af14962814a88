using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Feedback;
using Dropwise.Quantization.Rounding;
using Dropwise.Quantization.Tests.Calibration;

namespace Dropwise.Quantization.Tests.Feedback;

public sealed class GptqQuantizerTests
{
    public static TheoryData<FormatDescriptor> Formats =>
    [
        TestFormats.Uniform(4, 128, ZeroPoint.Original), TestFormats.Uniform(3, 32, ZeroPoint.Original), TestFormats.Uniform(2, 32, ZeroPoint.Original),
        TestFormats.Uniform(4, 32, ZeroPoint.None, signed: true), TestFormats.Uniform(3, 64, ZeroPoint.Rescale), TestFormats.Nf4(64),
        TestFormats.Uniform(4, 0, ZeroPoint.None, signed: true) with { OutputScale = ScalarType.Float16 },
    ];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Much_less_of_the_outputs_error_is_left_than_by_rounding(FormatDescriptor format)
    {
        // 128 does not divide the inputs: the last group is shorter.
        FloatMatrix weights = Matrices.Gaussian(40, 208);
        InputMoments moments = CorrelatedInputs.Moments(208, 5);
        double rounded = CorrelatedInputs.WeightedError(weights, new RtnQuantizer(format).Quantize(weights, QuantizationRun.Default), moments);
        double calibrated = CorrelatedInputs.WeightedError(weights, Quantize(format, weights, moments), moments);
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{format.Name}: {calibrated / rounded:F3} of rounding's error"));

        // 0.15 with three and four bits, 0.18 with two.
        Assert.True(calibrated < 0.25 * rounded, FormattableString.Invariant($"{calibrated / rounded:F3} of rounding's error is left"));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Uncorrelated_inputs_leave_rounding_or_better(FormatDescriptor format)
    {
        FloatMatrix weights = Matrices.Gaussian(9, 96);
        InputMoments moments = Identity(96);
        double rounded = CorrelatedInputs.WeightedError(weights, new RtnQuantizer(format).Quantize(weights, QuantizationRun.Default), moments);
        double calibrated = CorrelatedInputs.WeightedError(weights, Quantize(format, weights, moments), moments);
        Assert.InRange(calibrated, 0, rounded * 1.0001);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_number_of_workers_changes_nothing(FormatDescriptor format)
    {
        FloatMatrix weights = Matrices.Gaussian(70, 96);
        InputMoments moments = CorrelatedInputs.Moments(96, 2);
        CanonicalMatrix one = Quantize(format, weights, moments, new QuantizationRun(1));
        CanonicalMatrix three = Quantize(format, weights, moments, new QuantizationRun(3));
        Assert.Equal(one.Codes[0], three.Codes[0]);
        Assert.Equal(one.GroupScales, three.GroupScales);
        Assert.Equal(one.GroupZeros, three.GroupZeros);
        Assert.Equal(one.RowScales, three.RowScales);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Codes_and_scales_are_what_the_format_holds(FormatDescriptor format)
    {
        CanonicalMatrix result = Quantize(format, Matrices.Gaussian(1, 160), CorrelatedInputs.Moments(160, 3));
        Assert.All(result.GroupScales.Concat(result.RowScales), s => Assert.Equal((float)(Half)s, s));
        Assert.All(result.Codes[0], q => Assert.InRange(q, 0, format.CodeCount - 1));
        if (format.Zero == ZeroPoint.Original) Assert.All(result.GroupZeros, z => Assert.True(z == (int)z && z >= format.MinimumCode && z <= format.MaximumCode));
    }

    [Fact]
    public void Sweeps_only_lower_the_error()
    {
        FormatDescriptor format = TestFormats.Uniform(3, 32, ZeroPoint.Original);
        FloatMatrix weights = Matrices.Gaussian(16, 192);
        InputMoments moments = CorrelatedInputs.Moments(192, 4);
        double[] errors = [.. new[] { 0, 1, 3 }.Select(sweeps => CorrelatedInputs.WeightedError(
            weights, new GptqQuantizer(format, new GptqOptions { Sweeps = sweeps }).Quantize([new LevelTarget(weights, moments)], QuantizationRun.Default), moments))];
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{errors[1] / errors[0]:F3} {errors[2] / errors[0]:F3}"));
        Assert.True(errors[1] < errors[0]);
        Assert.True(errors[2] <= errors[1]);
    }

    [Fact]
    public void Eight_inputs_come_close_to_the_best_of_all_codes()
    {
        FormatDescriptor format = TestFormats.Uniform(3, 8, ZeroPoint.Original);
        FloatMatrix weights = Matrices.Gaussian(6, 8, seed: 11);
        InputMoments moments = CorrelatedInputs.Moments(8, 9);
        CanonicalMatrix result = Quantize(format, weights, moments);
        for (int row = 0; row < weights.Rows; row++)
        {
            var one = new FloatMatrix(1, 8, weights.Row(row).ToArray());
            double found = CorrelatedInputs.WeightedError(one, Row(result, row), moments);
            double best = BestOfAllCodes(weights.Row(row), result.GroupScales[row], result.GroupZeros[row], moments);
            Assert.InRange(found, best * 0.9999, best * 2);
        }
    }

    [Fact]
    public void Moments_of_other_inputs_are_refused()
    {
        QuantizationException e = Assert.Throws<QuantizationException>(
            () => Quantize(TestFormats.Nf4(64), Matrices.Gaussian(2, 64), CorrelatedInputs.Moments(32, 1)));
        Assert.Equal("the moments are of 32 inputs, and the weights have 64", e.Message);
    }

    private static CanonicalMatrix Quantize(FormatDescriptor format, FloatMatrix weights, InputMoments moments, QuantizationRun? run = null) =>
        new GptqQuantizer(format, new GptqOptions()).Quantize([new LevelTarget(weights, moments)], run ?? QuantizationRun.Default);

    private static InputMoments Identity(int columns)
    {
        var hessian = new double[columns * columns];
        for (int i = 0; i < columns; i++) hessian[(i * columns) + i] = 1;
        return new InputMoments(columns, hessian, 1);
    }

    private static CanonicalMatrix Row(CanonicalMatrix matrix, int row)
    {
        var one = new CanonicalMatrix(matrix.Format, 1, matrix.Columns);
        matrix.Codes[0].AsSpan(row * matrix.Columns, matrix.Columns).CopyTo(one.Codes[0]);
        one.GroupScales[0] = matrix.GroupScales[row];
        one.GroupZeros[0] = matrix.GroupZeros[row];
        return one;
    }

    // All 3^8 roundings to the nearest code and its neighbours, with the moments as they are.
    private static double BestOfAllCodes(ReadOnlySpan<float> weights, float scale, float zero, InputMoments moments)
    {
        double best = double.PositiveInfinity;
        Span<double> difference = stackalloc double[8];
        for (int choice = 0; choice < 6561; choice++)
        {
            int digits = choice;
            for (int i = 0; i < 8; i++, digits /= 3)
            {
                double code = Math.Clamp(Math.Round((weights[i] / scale) + zero) + (digits % 3) - 1, 0, 7);
                difference[i] = weights[i] - (scale * (code - zero));
            }

            double error = 0;
            for (int i = 0; i < 8; i++)
            {
                for (int j = 0; j < 8; j++) error += difference[i] * moments.Hessian[(i * 8) + j] * difference[j];
            }

            best = Math.Min(best, error);
        }

        return best;
    }
}
