using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Refinement;

namespace Dropwise.Quantization.Tests.Additive;

/// <summary>Codebooks under the moments of the input: the gradient against differences, conjugate gradients against a dense solution.</summary>
public sealed class CodebookFitTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_gradient_is_that_of_the_error(bool nested)
    {
        var problem = new RefinementProblem(9, 24, 3, 16, nested);
        float[] values = problem.Codes.Codebooks.Values, gradient = new float[values.Length];
        new CodebookGradient(problem.Levels, problem.Codes, QuantizationRun.Default).Fill(gradient);
        foreach (int i in (ReadOnlySpan<int>)[0, 13, 64, 77, 128, 190])
        {
            // Quadratic, so a central difference is exact but for rounding.
            float value = values[i];
            values[i] = value + 0.25f;
            double above = problem.Error();
            values[i] = value - 0.25f;
            double difference = (problem.Error() - above) / 0.5;
            values[i] = value;
            Assert.Equal(difference, 2 * gradient[i], 1e-4 * gradient.Max(Math.Abs));
        }
    }

    [Fact]
    public void Conjugate_gradients_reach_the_error_of_a_dense_solution()
    {
        var problem = new RefinementProblem(40, 16, 2, 16, nested: true);
        var reference = new RefinementProblem(40, 16, 2, 16, nested: true);
        double before = problem.Error();
        CodebookFit.Improve(new CodebookGradient(problem.Levels, problem.Codes, QuantizationRun.Default), problem.Codes, 400, 1e-12, QuantizationRun.Default);
        SolveDensely(reference);
        double dense = reference.Error();
        Assert.True(dense < 0.7 * before);
        Assert.Equal(dense, problem.Error(), 1e-4 * dense);
    }

    [Fact]
    public void A_codeword_that_no_code_names_stays_where_it_is()
    {
        var problem = new RefinementProblem(9, 24, 3, 16, nested: true);
        foreach (ushort[] plane in problem.Codes.Codes)
        {
            for (int i = 0; i < plane.Length; i++) plane[i] = (ushort)Math.Min(14, (int)plane[i]);
        }

        float[] kept = [.. problem.Codes.Codebooks.Codeword(1, 15)];
        CodebookFit.Improve(new CodebookGradient(problem.Levels, problem.Codes, QuantizationRun.Default), problem.Codes, 20, 1e-6, QuantizationRun.Default);
        Assert.Equal(kept, problem.Codes.Codebooks.Codeword(1, 15).ToArray());
    }

    [Fact]
    public void Row_scales_are_the_best_of_fixed_codes()
    {
        var problem = new RefinementProblem(9, 24, 3, 16, nested: true);
        double before = problem.Error();
        RowScaleFit.Improve(problem.Levels, problem.Codes, ScalarType.Float32, QuantizationRun.Default);
        double best = problem.Error();
        Assert.True(best < before);
        foreach (float factor in (ReadOnlySpan<float>)[0.99f, 1.01f])
        {
            problem.Codes.Scales[4] *= factor;
            Assert.True(problem.Error() > best);
            problem.Codes.Scales[4] /= factor;
        }
    }

    // The normal matrix column by column, each the product with a unit vector, solved with a small ridge for what no code decides.
    private static void SolveDensely(RefinementProblem problem)
    {
        Codebooks codebooks = problem.Codes.Codebooks;
        int size = codebooks.Values.Length;
        var operation = new CodebookGradient(problem.Levels, problem.Codes, QuantizationRun.Default);
        float[] right = new float[size], column = new float[size];
        operation.Fill(right);
        var system = new double[size, size + 1];
        for (int i = 0; i < size; i++)
        {
            var unit = new Codebooks(codebooks.Count, codebooks.Codewords, codebooks.Dimension);
            unit.Values[i] = 1;
            operation.Multiply(unit, column);
            for (int j = 0; j < size; j++) system[j, i] = column[j];
            system[i, i] += 1e-5 * column[i] + 1e-9;
            system[i, size] = right[i];
        }

        for (int pivot = 0; pivot < size; pivot++)
        {
            for (int i = pivot + 1; i < size; i++)
            {
                double factor = system[i, pivot] / system[pivot, pivot];
                for (int j = pivot; j <= size; j++) system[i, j] -= factor * system[pivot, j];
            }
        }

        for (int i = size - 1; i >= 0; i--)
        {
            for (int j = i + 1; j < size; j++) system[i, size] -= system[i, j] * system[j, size];
            system[i, size] /= system[i, i];
        }

        for (int i = 0; i < size; i++) codebooks.Values[i] += (float)system[i, size];
    }
}
