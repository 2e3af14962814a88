using Dropwise.Quantization.Additive;

namespace Dropwise.Quantization.Tests.Additive;

public sealed class AdditiveQuantizerTests
{
    private static readonly FormatDescriptor Nested = TestFormats.Additive(4, 8, 8, nested: true, ScalarType.Int8);
    private static readonly AdditiveOptions Quick = new() { Rounds = 3, BeamWidth = 4 };

    public static TheoryData<FormatDescriptor> Formats =>
    [
        Nested, TestFormats.Additive(1, 8, 8, nested: false), TestFormats.Additive(2, 8, 8, nested: false),
        TestFormats.Additive(4, 4, 4, nested: false), TestFormats.Additive(3, 8, 16, nested: true, ScalarType.Int8),
    ];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Runs_of_few_kinds_come_back(FormatDescriptor format)
    {
        // Twelve kinds of runs are fewer than the codewords of any codebook; what is left is the rounding of codewords and row scales.
        FloatMatrix kinds = Matrices.Gaussian(12, format.Dimension);
        var weights = new FloatMatrix(20, 96, new float[20 * 96]);
        var random = new Random(5);
        for (int i = 0; i < weights.Values.Length; i += format.Dimension)
            kinds.Row(random.Next(12)).CopyTo(weights.Values.AsSpan(i));
        CanonicalMatrix result = new AdditiveQuantizer(format, Quick).Quantize(weights, QuantizationRun.Default);

        // Rows differ in their scale, so kinds of runs differ a little from row to row.
        Assert.InRange(RelativeError.Of(weights, result, format.Levels, QuantizationRun.Default), 0, 0.12);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_matrix_of_fewer_runs_than_codewords_comes_back(FormatDescriptor format)
    {
        FloatMatrix weights = Matrices.Gaussian(3, 2 * format.Dimension);
        CanonicalMatrix result = new AdditiveQuantizer(format, Quick).Quantize(weights, QuantizationRun.Default);

        // Half a step of 127 an element at worst where codewords are bytes.
        Assert.InRange(RelativeError.Of(weights, result, format.Levels, QuantizationRun.Default), 0, 0.01);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Each_level_is_nearer_than_the_one_before(FormatDescriptor format)
    {
        FloatMatrix weights = Matrices.Gaussian(64, 288);
        CanonicalMatrix result = new AdditiveQuantizer(format, Quick).Quantize(weights, QuantizationRun.Default);
        double before = 1;
        for (int level = 1; level <= format.Levels; level++)
        {
            double error = RelativeError.Of(weights, result, level, QuantizationRun.Default);
            Assert.True(error < before * 0.85, $"level {level} has {error}, the one before {before}");
            before = error;
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void The_number_of_workers_changes_nothing(FormatDescriptor format)
    {
        FloatMatrix weights = Matrices.Gaussian(200, 96);
        CanonicalMatrix one = new AdditiveQuantizer(format, Quick).Quantize(weights, new QuantizationRun(1));
        CanonicalMatrix three = new AdditiveQuantizer(format, Quick).Quantize(weights, new QuantizationRun(3));
        Assert.Equal(one.Codes, three.Codes);
        Assert.Equal(one.RowScales, three.RowScales);
        Assert.Equal(one.Codebooks!.Values, three.Codebooks!.Values);
        Assert.Equal(one.Codebooks.Scales, three.Codebooks.Scales);
    }

    [Fact]
    public void The_seed_decides()
    {
        FloatMatrix weights = Matrices.Gaussian(64, 96);
        float[] Codewords(int seed) =>
            new AdditiveQuantizer(Nested, Quick with { Seed = seed }).Quantize(weights, QuantizationRun.Default).Codebooks!.Values;
        Assert.Equal(Codewords(1), Codewords(1));
        Assert.NotEqual(Codewords(1), Codewords(2));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Stored_parts_are_of_their_declared_types(FormatDescriptor format)
    {
        CanonicalMatrix result = new AdditiveQuantizer(format, Quick).Quantize(Matrices.Gaussian(32, 64), QuantizationRun.Default);
        Assert.All(result.RowScales, s => Assert.Equal((float)(Half)s, s));
        Assert.All(result.Codes.SelectMany(plane => plane), q => Assert.InRange(q, 0, format.CodeCount - 1));
        Assert.All(result.Codebooks!.Values, format.Codeword == ScalarType.Int8
            ? v => Assert.True(v == (int)v && Math.Abs(v) <= 127)
            : v => Assert.Equal((float)(Half)v, v));
    }

    [Fact]
    public void A_row_of_zeros_stays_zero()
    {
        FloatMatrix weights = Matrices.Gaussian(8, 64);
        weights.Row(3).Clear();
        CanonicalMatrix result = new AdditiveQuantizer(Nested, Quick).Quantize(weights, QuantizationRun.Default);
        Assert.All(Matrices.Decoded(result, 2).Row(3).ToArray(), w => Assert.Equal(0, w));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void A_matrix_of_zeros_and_one_of_a_single_number_are_kept(FormatDescriptor format)
    {
        var weights = new FloatMatrix(4, 32, new float[128]);
        CanonicalMatrix zeros = new AdditiveQuantizer(format, Quick).Quantize(weights, QuantizationRun.Default);
        Assert.Equal(0, RelativeError.Of(weights, zeros, format.Levels, QuantizationRun.Default));
        weights.Values.AsSpan().Fill(-2.5f);
        CanonicalMatrix constant = new AdditiveQuantizer(format, Quick).Quantize(weights, QuantizationRun.Default);
        Assert.InRange(RelativeError.Of(weights, constant, format.Levels, QuantizationRun.Default), 0, 0.001);
    }

    [Fact]
    public void One_row_of_one_run_is_enough()
    {
        FloatMatrix weights = Matrices.Gaussian(1, 8);
        CanonicalMatrix result = new AdditiveQuantizer(Nested, Quick).Quantize(weights, QuantizationRun.Default);

        // The first codeword is the run itself, in bytes.
        Assert.InRange(RelativeError.Of(weights, result, 4, QuantizationRun.Default), 0, 0.01);
    }

    [Fact]
    public void Codebooks_of_all_matrices_are_used_as_they_are()
    {
        FloatMatrix weights = Matrices.Gaussian(64, 96);
        CodebookSet shared = new AdditiveQuantizer(Nested, Quick).Quantize(weights, QuantizationRun.Default).Codebooks!;
        CanonicalMatrix result = new AdditiveQuantizer(Nested, Quick, shared).Quantize(Matrices.Gaussian(16, 96, seed: 2), QuantizationRun.Default);
        Assert.Same(shared, result.Codebooks);
    }

    [Fact]
    public void Training_on_a_sample_codes_everything()
    {
        FloatMatrix weights = Matrices.Gaussian(128, 256);
        CanonicalMatrix result = new AdditiveQuantizer(Nested, Quick with { TrainingVectors = 2048 }).Quantize(weights, QuantizationRun.Default);
        Assert.InRange(RelativeError.Of(weights, result, 4, QuantizationRun.Default), 0, 0.16);
    }

    [Fact]
    public void Columns_that_codewords_do_not_divide_are_refused()
    {
        QuantizationException e = Assert.Throws<QuantizationException>(
            () => new AdditiveQuantizer(Nested, Quick).Quantize(Matrices.Gaussian(2, 12), QuantizationRun.Default));
        Assert.Contains("a4x8g8", e.Message, StringComparison.Ordinal);
        Assert.Contains("12 columns", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_weight_that_is_no_number_is_refused_with_its_place()
    {
        FloatMatrix weights = Matrices.Gaussian(2, 16);
        weights.Row(1)[3] = float.NaN;
        QuantizationException e = Assert.Throws<QuantizationException>(
            () => new AdditiveQuantizer(Nested, Quick).Quantize(weights, QuantizationRun.Default));
        Assert.Contains("row 1, column 3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_format_of_groups_is_refused() =>
        Assert.Throws<QuantizationException>(() => new AdditiveQuantizer(TestFormats.Nf4(64), Quick));

    [Fact]
    public void A_stopped_run_returns_nothing()
    {
        using var stopped = new CancellationTokenSource();
        var run = new QuantizationRun(2, stopped.Token, fraction =>
        {
            if (fraction > 0) stopped.Cancel();
        });
        Assert.ThrowsAny<OperationCanceledException>(() => new AdditiveQuantizer(Nested, Quick).Quantize(Matrices.Gaussian(64, 64), run));
    }
}
