using System.Collections.Immutable;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Refinement;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Tests.Calibration;

namespace Dropwise.Quantization.Tests.Additive;

/// <summary>The methods of AQLM and Drop-by-Drop: what they are worth on correlated inputs, and what level weights decide.</summary>
public sealed class AlternatingQuantizerTests
{
    private const int Rows = 70;
    private const int Columns = 200;

    private static readonly AdditiveOptions Options = new() { LevelWeights = LevelWeights.Uniform };

    private readonly FloatMatrix _weights = Matrices.Gaussian(Rows, Columns);
    private readonly InputMoments _moments = CorrelatedInputs.Moments(Columns, seed: 5);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void It_loses_far_less_than_without_a_look_at_the_input(bool nested)
    {
        FormatDescriptor format = TestFormats.Additive(3, 4, 4, nested);
        CanonicalMatrix plain = new AdditiveQuantizer(format, Options).Quantize(_weights, QuantizationRun.Default), seen = Quantize(format, Options);
        for (int level = 1; level <= format.Levels; level++) Assert.InRange(Loss(seen, level) / Loss(plain, level), 0, 0.6);
    }

    [Fact]
    public void A_level_that_counts_gains_by_it()
    {
        FormatDescriptor format = TestFormats.Additive(3, 4, 4, nested: true);
        CanonicalMatrix all = Quantize(format, Options), last = Quantize(format, Options with { LevelWeights = LevelWeights.Of(0, 0, 1) });
        Assert.True(Loss(last, 3) < Loss(all, 3));
        Assert.True(Loss(all, 1) < Loss(last, 1));
        Assert.True(Loss(all, 2) < Loss(last, 2));
    }

    [Fact]
    public void Shared_codebooks_stay_as_they_are()
    {
        FormatDescriptor format = TestFormats.Additive(2, 4, 4, nested: true);
        CodebookSet shared = new AdditiveQuantizer(format, Options).Quantize(Matrices.Gaussian(Rows, Columns, seed: 4), QuantizationRun.Default).Codebooks!;
        CanonicalMatrix plain = new AdditiveQuantizer(format, Options, shared).Quantize(_weights, QuantizationRun.Default);
        CanonicalMatrix seen = new AlternatingQuantizer(format, Options, shared).Quantize(Targets(format), QuantizationRun.Default);
        Assert.Same(shared, seen.Codebooks);
        Assert.True(Loss(seen, 2) < 0.8 * Loss(plain, 2));
    }

    [Fact]
    public void No_round_raises_the_error()
    {
        FormatDescriptor format = TestFormats.Additive(3, 4, 4, nested: true, ScalarType.Int8);
        CanonicalMatrix matrix = new AdditiveQuantizer(format, Options).Quantize(_weights, QuantizationRun.Default);
        MomentsLevel[] levels = MomentsLevel.Of(Targets(format), [1, 1, 1], damping: 0.01, QuantizationRun.Default);
        IReadOnlyList<double> errors = new AdditiveRefinement(levels, Options, keepCodebooks: false).Improve(matrix, 6, 0, QuantizationRun.Default);
        Assert.Equal(7, errors.Count);
        for (int round = 1; round < errors.Count; round++) Assert.True(errors[round] <= errors[round - 1]);
        var codes = new AdditiveCodes(Codebooks.From(matrix.Codebooks!), matrix.Codes, matrix.RowScales, Columns);
        Assert.Equal(LevelErrors.Weighted(levels, codes, QuantizationRun.Default), errors[^1], 1e-4 * errors[^1]);
    }

    private CanonicalMatrix Quantize(FormatDescriptor format, AdditiveOptions options) => new AlternatingQuantizer(format, options).Quantize(Targets(format), QuantizationRun.Default);

    private ImmutableArray<LevelTarget> Targets(FormatDescriptor format) => [.. Enumerable.Repeat(new LevelTarget(_weights, _moments), format.Levels)];

    private double Loss(CanonicalMatrix quantized, int level) => CorrelatedInputs.WeightedError(_weights, quantized, _moments, level);
}
