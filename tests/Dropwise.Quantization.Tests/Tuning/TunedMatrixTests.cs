using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Rounding;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Tests.Tuning;

/// <summary>From dL/dW to what matrices are made of: against differences of L = Σ C ⊙ W, which is linear in each kind of value.</summary>
public sealed class TunedMatrixTests
{
    private const int Rows = 12;
    private const int Columns = 64;

    public static TheoryData<string, int> Cases => new()
    {
        { "nested", 1 },
        { "nested", 3 },
        { "rotated", 2 },
        { "whole", 1 },
        { "integers", 1 },
        { "offsets", 1 },
        { "table", 1 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_are_those_of_differences(string name, int level)
    {
        CanonicalMatrix source = Quantized(name);
        TunedMatrix matrix = TunedMatrix.Of(source)!;
        float[] factors = Matrices.Gaussian(Rows, Columns, 9).Values;
        AddGradient(matrix, level, factors);
        double Loss() => DecodedWeights.Of(matrix.Working, level, QuantizationRun.Default).Zip(factors, static (w, c) => (double)w * c).Sum();
        Assert.NotEmpty(matrix.Vectors);
        foreach (TrainedVector vector in matrix.Vectors)
        {
            double length = Math.Sqrt(vector.Gradient.Sum(static g => (double)g * g));
            Assert.True(length > 0);
            for (int part = 0; part < 4; part++)
            {
                var random = new Random(part);
                float[] centre = [.. vector.Values], direction = [.. vector.Gradient.Select(g => random.Next(4) < 3 ? (float)(g / length) : 0)];
                double At(float step)
                {
                    for (int i = 0; i < centre.Length; i++) vector.Values[i] = centre[i] + (step * direction[i]);
                    return Loss();
                }

                double derivative = (At(0.25f) - At(-0.25f)) / 0.5;
                centre.CopyTo(vector.Values, 0);
                Assert.Equal(direction.Zip(vector.Gradient, static (d, g) => (double)d * g).Sum(), derivative, 1e-4 * length);
            }
        }
    }

    [Fact]
    public void Codebooks_above_a_level_have_no_gradient_of_it()
    {
        TunedMatrix matrix = TunedMatrix.Of(Quantized("nested"))!;
        AddGradient(matrix, 2, Matrices.Gaussian(Rows, Columns, 9).Values);
        float[] gradient = matrix.Vectors[0].Gradient;
        int book = gradient.Length / 3;
        Assert.Contains(gradient[book..(2 * book)], static g => g != 0);
        Assert.All(gradient[(2 * book)..], static g => Assert.Equal(0, g));
    }

    [Theory]
    [InlineData("nested")]
    [InlineData("rotated")]
    [InlineData("integers")]
    [InlineData("offsets")]
    public void What_was_not_trained_is_stored_as_it_was(string name)
    {
        CanonicalMatrix source = Quantized(name), stored = TunedMatrix.Of(source)!.Store();
        Assert.Equal(source.RowScales, stored.RowScales);
        Assert.Equal(source.GroupScales, stored.GroupScales);
        Assert.Equal(source.GroupZeros, stored.GroupZeros);
        Assert.Equal(source.Codes, stored.Codes);
        Assert.Same(source.Transform, stored.Transform);
        for (int level = 1; level <= source.Format.Levels; level++) Assert.Equal(Matrices.Decoded(source, level).Values, Matrices.Decoded(stored, level).Values);
    }

    [Fact]
    public void Codebooks_of_a_model_and_quantized_scales_are_left_alone()
    {
        CanonicalMatrix source = Quantized("nested");
        FormatDescriptor shared = source.Format with { Scope = CodebookScope.Model };
        var options = new AdditiveOptions { Rounds = 1 };
        CanonicalMatrix matrix = new AdditiveQuantizer(shared, options, source.Codebooks).Quantize(Matrices.Gaussian(Rows, Columns), QuantizationRun.Default);
        TunedMatrix tuned = TunedMatrix.Of(matrix)!;
        Assert.Equal(0, tuned.CodebookElements);
        Assert.Same(source.Codebooks, tuned.Store().Codebooks);
        FormatDescriptor powers = TestFormats.Uniform(4, 32, ZeroPoint.None, signed: true) with { GroupScale = ScalarType.Exponent8 };
        Assert.Null(TunedMatrix.Of(new RtnQuantizer(powers).Quantize(Matrices.Gaussian(Rows, Columns), QuantizationRun.Default)));
    }

    private static CanonicalMatrix Quantized(string name)
    {
        FloatMatrix weights = Matrices.Gaussian(Rows, Columns);
        FormatDescriptor format = name switch
        {
            "nested" => TestFormats.Additive(3, 4, 8, nested: true),
            "rotated" => TestFormats.Additive(2, 4, 4, nested: true, ScalarType.Int8) with { Rotation = Rotation.BlockHadamard },
            "whole" => TestFormats.Additive(2, 4, 8, nested: false),
            "integers" => TestFormats.Uniform(3, 24, ZeroPoint.Original),
            "offsets" => TestFormats.Uniform(3, 24, ZeroPoint.Rescale),
            _ => TestFormats.Nf4(24),
        };
        if (format.Kind != CodeKind.Additive) return new RtnQuantizer(format).Quantize(weights, QuantizationRun.Default);
        CanonicalMatrix matrix = new AdditiveQuantizer(format, new AdditiveOptions { Rounds = 2, LevelWeights = LevelWeights.Uniform }).Quantize(weights, QuantizationRun.Default);
        if (format.Rotation != Rotation.None) matrix.Transform = new InputTransform([.. Enumerable.Range(0, Columns).Select(static i => (sbyte)(i % 3 == 0 ? -1 : 1))]);
        return matrix;
    }

    // In two pieces of rows, as threads would.
    private static unsafe void AddGradient(TunedMatrix matrix, int level, float[] factors)
    {
        float[] gradient = [.. factors], weights = DecodedWeights.Of(matrix.Working, level, QuantizationRun.Default), codebooks = new float[matrix.CodebookElements];
        const int First = 5;
        fixed (float* g = gradient, w = weights, c = codebooks)
        {
            matrix.AddGradient(level, 0, First, g, w, c);
            matrix.AddGradient(level, First, Rows - First, g + (First * Columns), w + (First * Columns), c);
        }

        matrix.AddCodebooks(codebooks);
    }
}
