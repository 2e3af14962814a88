using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.EndToEnd.Codes;

namespace Dropwise.Quantization.Tests.EndToEnd;

/// <summary>The V step in the metric of a matrix's input, on losses whose least value is known.</summary>
public sealed class MomentsCodeTrainingTests
{
    private const int Rows = 12;
    private const int Columns = 64;

    [Theory]
    [InlineData("nested")]
    [InlineData("whole")]
    public void Steps_lower_a_loss_that_a_few_inputs_dominate(string kind)
    {
        double own = LossAfter(kind, isPlain: false), plain = LossAfter(kind, isPlain: true);
        Assert.True(own < 0.7, $"{own} of the loss is left");
        Assert.True(own < 0.9 * plain, $"{own} of the loss is left, {plain} in the plain metric");
    }

    [Fact]
    public void Codes_without_a_gradient_stay()
    {
        CanonicalMatrix matrix = Quantized("nested");
        ushort[][] before = [.. matrix.Codes.Select(static plane => (ushort[])[.. plane])];
        var training = new MomentsCodeTraining(matrix, [2, 3]);
        training.Measure(Moments(), new CpuFactors(), null, QuantizationRun.Default);
        Assert.Equal(0, training.Step(0.3, 1, (2, 1), (3, 5)));
        Assert.Equal(before, matrix.Codes);
        Assert.Empty(training.State);
    }

    [Fact]
    public void Codes_above_the_served_levels_stay()
    {
        CanonicalMatrix matrix = Quantized("nested");
        ushort[] before = [.. matrix.Codes[2]];
        var training = new MomentsCodeTraining(matrix, [1, 2]);
        training.Measure(Moments(), new CpuFactors(), null, QuantizationRun.Default);
        training.Add(2, Matrices.Gaussian(Rows, Columns, 9).Values);
        Assert.True(training.Step(0.3, 1, (1, 1), (2, 4)) > 0);
        Assert.Equal(before, matrix.Codes[2]);
    }

    [Fact]
    public void A_step_clears_the_gradient()
    {
        CanonicalMatrix matrix = Quantized("nested");
        var training = new MomentsCodeTraining(matrix, [2, 3]);
        training.Measure(Moments(), new CpuFactors(), null, QuantizationRun.Default);
        training.Add(2, Matrices.Gaussian(Rows, Columns, 9).Values);
        int changed = training.Step(0.3, 1, (2, 1), (3, 5));
        Assert.InRange(changed, 1, Rows * Columns / 8);
        Assert.All(training.GradientAt(2).ToArray(), static value => Assert.Equal(0, value));
    }

    [Fact]
    public void Levels_go_along_the_divided_gradient_as_their_weights_say()
    {
        // H = diag(1, 4, 1, 4, …) without damping, so that G H⁻¹ is known; rows go as far as their outputs are large.
        var hessian = new double[Columns * Columns];
        for (int i = 0; i < Columns; i++) hessian[(i * Columns) + i] = i % 2 == 0 ? 1 : 4;
        var moments = new InputMoments(Columns, hessian, 1);
        float[][] gradients = [Matrices.Gaussian(2, Columns, 5).Values, Matrices.Gaussian(2, Columns, 6).Values];
        float[] weights = [1, 8];
        FloatMatrix[] present = [Matrices.Gaussian(2, Columns, 7), Matrices.Gaussian(2, Columns, 7)];
        for (int i = 0; i < Columns; i++) present[0].Values[i] = present[1].Values[i] = 10 * present[1].Values[i];
        float[][] before = [[.. present[0].Values], [.. present[1].Values]];
        new LevelSteps(gradients, weights, moments, 0, new CpuFactors(), QuantizationRun.Default).Take(present, moments.Damped(0, QuantizationRun.Default), 0.1, QuantizationRun.Default);

        double[] step = new double[2];
        for (int l = 0; l < 2; l++)
        {
            for (int i = 0; i < 2 * Columns; i++)
            {
                double inverse = i % 2 == 0 ? 1 : 0.25, own = (before[l][i] - present[l].Values[i]) * weights[l] / (gradients[l][i] * inverse);
                if (l == 0 && i % Columns == 0) step[i / Columns] = own;
                // Float32 differences of weights a hundred times as large.
                Assert.Equal(1, own / step[i / Columns], 0.02);
            }
        }

        // Σ_l ω_l ‖Δ_l‖²_H is the rate's share of the row's output, over the mean of 1 / ω.
        for (int row = 0; row < 2; row++)
        {
            double moved = 0, output = 0;
            for (int i = row * Columns; i < (row + 1) * Columns; i++)
            {
                double h = i % 2 == 0 ? 1 : 4;
                output += h * before[1][i] * before[1][i];
                for (int l = 0; l < 2; l++) moved += weights[l] * h * Math.Pow(before[l][i] - present[l].Values[i], 2);
            }

            Assert.Equal(0.01 * output / ((1 + 0.125) / 2), moved, 1e-3 * output);
        }
    }

    /// <summary>What steps leave of Σ_l ω_l ½ tr((Ŵ_l − T) H (Ŵ_l − T)ᵀ), whose gradient is ω (Ŵ − T) H.</summary>
    private static double LossAfter(string kind, bool isPlain)
    {
        CanonicalMatrix matrix = Quantized(kind);
        InputMoments moments = Moments();
        float[] target = Matrices.Gaussian(Rows, Columns, 55).Values, hessian = moments.Damped(0, QuantizationRun.Default);
        (int Level, float Weight)[] levels = kind == "nested" ? [(2, 1), (3, 3)] : [(1, 1)];
        int[] served = [.. levels.Select(static level => level.Level)];
        ICodeTraining training = isPlain ? new CodeTraining(matrix, served, new CodeTuningOptions { Share = 1, TrustRatio = null }) : new MomentsCodeTraining(matrix, served);
        if (training is MomentsCodeTraining own) own.Measure(moments, new CpuFactors(), null, QuantizationRun.Default);
        double first = Loss(), least = first;
        for (int step = 1; step <= 10; step++)
        {
            foreach ((int level, float weight) in levels) training.Add(level, [.. Gradient(level).Select(value => weight * value)]);
            training.Step(0.3, step, levels);
            least = Math.Min(least, Loss());
        }

        return least / first;

        float[] Gradient(int level)
        {
            float[] missing = [.. Matrices.Decoded(matrix, level).Values.Zip(target, static (value, wanted) => value - wanted)];
            return new InputProducts(QuantizationRun.Default).Times(new FloatMatrix(Rows, Columns, missing), hessian);
        }

        double Loss() => levels.Sum(level =>
        {
            float[] missing = [.. Matrices.Decoded(matrix, level.Level).Values.Zip(target, static (value, wanted) => value - wanted)];
            return level.Weight * Gradient(level.Level).Zip(missing, static (a, b) => (double)a * b).Sum();
        });
    }

    /// <summary>Correlated inputs, of which three have most of the energy.</summary>
    private static InputMoments Moments()
    {
        const int tokens = 400;
        float[] x = Matrices.Gaussian(tokens, Columns, 31).Values;
        for (int t = 0; t < tokens; t++)
        {
            for (int i = 1; i < Columns; i++) x[(t * Columns) + i] += 0.7f * x[(t * Columns) + i - 1];
            foreach (int large in (int[])[5, 20, 43]) x[(t * Columns) + large] *= 20;
        }

        var hessian = new double[Columns * Columns];
        for (int t = 0; t < tokens; t++)
        {
            for (int i = 0; i < Columns; i++)
            {
                for (int j = 0; j < Columns; j++) hessian[(i * Columns) + j] += (double)x[(t * Columns) + i] * x[(t * Columns) + j] / tokens;
            }
        }

        return new InputMoments(Columns, hessian, tokens);
    }

    private static CanonicalMatrix Quantized(string kind) =>
        new AdditiveQuantizer(TestFormats.Additive(3, 4, 8, nested: kind == "nested"), new AdditiveOptions { Rounds = 2, LevelWeights = LevelWeights.Uniform })
            .Quantize(Matrices.Gaussian(Rows, Columns), QuantizationRun.Default);
}
