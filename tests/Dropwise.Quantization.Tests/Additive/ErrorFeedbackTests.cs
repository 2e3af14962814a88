using System.Collections.Immutable;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Feedback;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Tests.Calibration;

namespace Dropwise.Quantization.Tests.Additive;

/// <summary>Error feedback of additive codes: what it is worth on correlated inputs, and that levels keep to targets of their own.</summary>
public sealed class ErrorFeedbackTests
{
    private const int Rows = 70;
    private const int Columns = 200;

    private static readonly AdditiveOptions Options = new() { Rounds = 3, LevelWeights = LevelWeights.Uniform };

    [Fact]
    public void Every_level_loses_far_less_than_without_a_look_at_the_input()
    {
        // Few codewords: hundreds would learn the few weights of a test by heart, and be worth little for targets that move.
        FormatDescriptor format = TestFormats.Additive(3, 4, 4, nested: true);
        FloatMatrix weights = Matrices.Gaussian(Rows, Columns);
        InputMoments moments = CorrelatedInputs.Moments(Columns, seed: 5);
        CanonicalMatrix plain = new AdditiveQuantizer(format, Options).Quantize(weights, QuantizationRun.Default);
        CanonicalMatrix fed = Quantize(format, weights, moments);
        for (int level = 1; level <= 3; level++)
        {
            double before = Loss(weights, plain, moments, level), after = Loss(weights, fed, moments, level);
            TestContext.Current.TestOutputHelper?.WriteLine($"level {level}: {after / before:0.000} of the loss");
            Assert.InRange(after / before, 0, 0.7);
        }
    }

    [Fact]
    public void A_format_that_is_not_nested_gains_too()
    {
        FormatDescriptor format = TestFormats.Additive(2, 4, 4, nested: false);
        FloatMatrix weights = Matrices.Gaussian(Rows, Columns);
        InputMoments moments = CorrelatedInputs.Moments(Columns, seed: 5);
        double before = Loss(weights, new AdditiveQuantizer(format, Options).Quantize(weights, QuantizationRun.Default), moments, 1);
        Assert.InRange(Loss(weights, Quantize(format, weights, moments), moments, 1) / before, 0, 0.7);
    }

    [Fact]
    public void Inputs_that_share_nothing_are_quantized_as_well_as_without_feedback()
    {
        FormatDescriptor format = TestFormats.Additive(2, 8, 8, nested: true);
        FloatMatrix weights = Matrices.Gaussian(Rows, Columns);
        var identity = new double[Columns * Columns];
        for (int i = 0; i < Columns; i++) identity[(i * Columns) + i] = 1;
        var moments = new InputMoments(Columns, identity, 1);
        double before = Loss(weights, new AdditiveQuantizer(format, Options).Quantize(weights, QuantizationRun.Default), moments, 2);
        Assert.InRange(Loss(weights, Quantize(format, weights, moments, Options with { RefinementRounds = 0 }), moments, 2) / before, 0.97, 1.03);
    }

    [Fact]
    public void Refinement_lowers_the_error_of_every_level()
    {
        FormatDescriptor format = TestFormats.Additive(3, 4, 4, nested: true);
        FloatMatrix weights = Matrices.Gaussian(Rows, Columns);
        InputMoments moments = CorrelatedInputs.Moments(Columns, seed: 5);
        CanonicalMatrix fed = Quantize(format, weights, moments, Options with { RefinementRounds = 0 }), refined = Quantize(format, weights, moments);
        for (int level = 1; level <= 3; level++)
        {
            double ratio = Loss(weights, refined, moments, level) / Loss(weights, fed, moments, level);
            TestContext.Current.TestOutputHelper?.WriteLine($"level {level}: {ratio:0.000} of what feedback leaves");
            Assert.InRange(ratio, 0, 0.95);
        }
    }

    [Fact]
    public void Each_level_comes_close_to_its_own_target()
    {
        FormatDescriptor format = TestFormats.Additive(3, 8, 4, nested: true);
        FloatMatrix low = Matrices.Gaussian(Rows, Columns, seed: 1), noise = Matrices.Gaussian(Rows, Columns, seed: 2);
        var high = new FloatMatrix(Rows, Columns, [.. low.Values.Zip(noise.Values, static (w, e) => w + (0.2f * e))]);
        InputMoments moments = CorrelatedInputs.Moments(Columns, seed: 5);
        LevelTarget first = new(low, moments), last = new(high, moments);
        CanonicalMatrix own = new ErrorFeedbackQuantizer(format, Options).Quantize([first, first, last], QuantizationRun.Default);
        CanonicalMatrix shared = new ErrorFeedbackQuantizer(format, Options).Quantize([first, first, first], QuantizationRun.Default);
        Assert.True(Loss(high, own, moments, 3) < 0.5 * Loss(high, shared, moments, 3));
        Assert.True(Loss(low, own, moments, 2) < Loss(high, own, moments, 2));
    }

    [Fact]
    public void The_order_that_inputs_are_stored_in_decides_nothing()
    {
        FormatDescriptor format = TestFormats.Additive(2, 8, 8, nested: true);
        FloatMatrix weights = Matrices.Gaussian(Rows, Columns);
        InputMoments moments = CorrelatedInputs.Moments(Columns, seed: 5);
        CodebookSet shared = new AdditiveQuantizer(format, Options).Quantize(weights, QuantizationRun.Default).Codebooks!;

        // Runs of 8 inputs from the last to the first.
        int[] inputs = [.. Enumerable.Range(0, Columns).Select(static i => Columns - 8 - (i / 8 * 8) + (i % 8))];
        var turned = new FloatMatrix(Rows, Columns, new float[Rows * Columns]);
        for (int row = 0; row < Rows; row++)
        {
            for (int i = 0; i < Columns; i++) turned.Row(row)[i] = weights.Row(row)[inputs[i]];
        }

        CanonicalMatrix straight = new ErrorFeedbackQuantizer(format, Options, shared).Quantize(Targets(format, weights, moments), QuantizationRun.Default);
        CanonicalMatrix back = new ErrorFeedbackQuantizer(format, Options, shared).Quantize(Targets(format, turned, moments.Ordered(inputs)), QuantizationRun.Default);
        const int Runs = Columns / 8;
        for (int m = 0; m < 2; m++)
        {
            for (int i = 0; i < Rows * Runs; i++) Assert.Equal(straight.Codes[m][i], back.Codes[m][(i / Runs * Runs) + Runs - 1 - (i % Runs)]);
        }
    }

    [Fact]
    public void The_number_of_workers_leaves_no_trace()
    {
        FormatDescriptor format = TestFormats.Additive(2, 8, 8, nested: true);
        FloatMatrix weights = Matrices.Gaussian(Rows, Columns);
        ImmutableArray<LevelTarget> targets = Targets(format, weights, CorrelatedInputs.Moments(Columns, seed: 5));
        CanonicalMatrix one = new ErrorFeedbackQuantizer(format, Options).Quantize(targets, new QuantizationRun(1));
        CanonicalMatrix three = new ErrorFeedbackQuantizer(format, Options).Quantize(targets, new QuantizationRun(3));
        Assert.Equal(one.RowScales, three.RowScales);
        for (int m = 0; m < 2; m++) Assert.Equal(one.Codes[m], three.Codes[m]);
    }

    [Fact]
    public void Rows_of_zeros_and_inputs_that_never_come_are_no_trouble()
    {
        FormatDescriptor format = TestFormats.Additive(2, 8, 8, nested: true);
        FloatMatrix weights = Matrices.Gaussian(3, 16);
        weights.Row(1).Clear();
        var hessian = new double[16 * 16];
        for (int i = 0; i < 8; i++) hessian[i * 17] = 1;
        CanonicalMatrix matrix = Quantize(format, weights, new InputMoments(16, hessian, 1));
        Assert.Equal(0, matrix.RowScales[1]);
        Assert.All(matrix.RowScales, static scale => Assert.True(float.IsFinite(scale)));
    }

    private static CanonicalMatrix Quantize(FormatDescriptor format, FloatMatrix weights, InputMoments moments, AdditiveOptions? options = null) =>
        new ErrorFeedbackQuantizer(format, options ?? Options).Quantize(Targets(format, weights, moments), QuantizationRun.Default);

    private static ImmutableArray<LevelTarget> Targets(FormatDescriptor format, FloatMatrix weights, InputMoments moments)
    {
        var target = new LevelTarget(weights, moments);
        return [.. Enumerable.Repeat(target, format.Levels)];
    }

    private static double Loss(FloatMatrix weights, CanonicalMatrix quantized, InputMoments moments, int level) =>
        CorrelatedInputs.WeightedError(weights, quantized, moments, level);
}
