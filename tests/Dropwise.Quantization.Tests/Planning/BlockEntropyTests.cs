using Dropwise.Quantization.Planning;

namespace Dropwise.Quantization.Tests.Planning;

public sealed class BlockEntropyTests
{
    [Fact]
    public void Equal_weights_have_the_entropy_of_their_number() =>
        Assert.Equal(Math.Log(12 * 20), BlockEntropy.Of(new FloatMatrix(12, 20, [.. Enumerable.Repeat(0.3f, 240)]), QuantizationRun.Default), 1e-12);

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.1)]
    public void Normal_weights_lack_half_their_variance(double deviation)
    {
        FloatMatrix weights = Normal(512, 512, deviation);
        double missing = Math.Log(weights.Values.Length) - BlockEntropy.Of(weights, QuantizationRun.Default);

        // The variance of a sample of 2¹⁸ is good to half a percent.
        Assert.InRange(missing / (deviation * deviation / 2), 0.985, 1.015);
    }

    [Fact]
    public void It_is_the_entropy_that_its_definition_gives_and_threads_do_not_matter()
    {
        FloatMatrix weights = Normal(100, 33, 2.5);
        double highest = weights.Values.Max(), total = weights.Values.Sum(weight => Math.Exp(weight - highest));
        double expected = -weights.Values.Sum(weight => Math.Exp(weight - highest) / total * Math.Log(Math.Exp(weight - highest) / total));
        Assert.Equal(expected, BlockEntropy.Of(weights, QuantizationRun.Default), 1e-10);
        Assert.Equal(BlockEntropy.Of(weights, new QuantizationRun(1)), BlockEntropy.Of(weights, new QuantizationRun(3)));
    }

    [Fact]
    public void Large_weights_do_not_overflow() =>
        Assert.Equal(Math.Log(2), BlockEntropy.Of(new FloatMatrix(2, 2, [2000, 2000, -2000, 0]), QuantizationRun.Default), 1e-12);

    private static FloatMatrix Normal(int rows, int columns, double deviation)
    {
        var random = new Random(7);
        return new FloatMatrix(rows, columns, [.. Enumerable.Range(0, rows * columns).Select(_ =>
            (float)(deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))]);
    }
}
