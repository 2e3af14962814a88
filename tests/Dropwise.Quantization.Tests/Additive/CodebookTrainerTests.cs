using Dropwise.Quantization.Additive;

namespace Dropwise.Quantization.Tests.Additive;

public sealed class CodebookTrainerTests
{
    [Theory]
    [InlineData(true, "uniform")]
    [InlineData(true, "served")]
    [InlineData(true, "0,1,0,1")]
    [InlineData(false, "uniform")]
    public void No_round_raises_the_error(bool nested, string levelWeights)
    {
        FormatDescriptor format = TestFormats.Additive(4, 8, 8, nested);
        var options = new AdditiveOptions { Rounds = 6, LevelWeights = LevelWeights.Parse(levelWeights) };
        var vectors = new VectorSet(8, Matrices.Gaussian(256, 256).Values);
        IReadOnlyList<double> history = CodebookTrainer.Train(vectors, format, options, QuantizationRun.Default).History;
        Assert.Equal(options.Rounds + 1, history.Count);
        for (int round = 1; round < history.Count; round++)
            Assert.True(history[round] <= history[round - 1], $"round {round}: {string.Join(' ', history)}");
        Assert.True(history[^1] < 0.99 * history[0], string.Join(' ', history));
    }

    [Fact]
    public void A_level_that_counts_more_comes_nearer()
    {
        FloatMatrix weights = Matrices.Gaussian(256, 256);
        double[] Errors(string levelWeights)
        {
            var options = new AdditiveOptions { Rounds = 4, LevelWeights = LevelWeights.Parse(levelWeights) };
            FormatDescriptor format = TestFormats.Additive(4, 8, 8, nested: true);
            CanonicalMatrix result = new AdditiveQuantizer(format, options).Quantize(weights, QuantizationRun.Default);
            return [.. Enumerable.Range(1, 4).Select(level => RelativeError.Of(weights, result, level, QuantizationRun.Default))];
        }

        double[] uniform = Errors("uniform");
        double[] served = Errors("served");
        Assert.True(served[0] > uniform[0] && served[1] < uniform[1], $"{string.Join(' ', uniform)} and {string.Join(' ', served)}");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void Normal_weights_reach_the_errors_that_the_design_names()
    {
        FloatMatrix weights = Matrices.Gaussian(4096, 4096);
        FormatDescriptor format = TestFormats.Additive(4, 8, 8, nested: true, ScalarType.Int8);
        var options = new AdditiveOptions { LevelWeights = LevelWeights.Uniform, Rounds = 40 };
        CanonicalMatrix result = new AdditiveQuantizer(format, options).Quantize(weights, QuantizationRun.Default);

        // To the digits that they are named with.
        (double Error, int Digits)[] limits = [(.326, 3), (.101, 3), (.032, 3), (.0106, 4)];
        for (int level = 1; level <= limits.Length; level++)
        {
            double error = Math.Pow(RelativeError.Of(weights, result, level, QuantizationRun.Default), 2);
            TestContext.Current.TestOutputHelper?.WriteLine($"level {level}: {error:F5}");
            Assert.True(Math.Round(error, limits[level - 1].Digits) <= limits[level - 1].Error, $"level {level}: {error}");
        }
    }
}
