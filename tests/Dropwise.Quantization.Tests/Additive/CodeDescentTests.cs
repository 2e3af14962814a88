using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Additive.Refinement;

namespace Dropwise.Quantization.Tests.Additive;

/// <summary>Coordinate descent on codes: what it keeps account of, that it never loses, and where it ends.</summary>
public sealed class CodeDescentTests
{
    // More inputs than a batch, so that changes go through matrix products as well.
    private const int Columns = 152;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sweeps_never_raise_the_error_and_know_it_without_computing_it_again(bool nested)
    {
        var problem = new RefinementProblem(37, Columns, 3, 16, nested);
        double before = problem.Error();
        double[] errors = new CodeDescent(problem.Levels, problem.Codes, 4, QuantizationRun.Default).Run(sweeps: 4);
        Assert.Equal(before, errors[0], 1e-4 * before);
        for (int sweep = 1; sweep < errors.Length; sweep++) Assert.True(errors[sweep] <= errors[sweep - 1]);
        double after = problem.Error();
        Assert.True(after < 0.5 * before);
        Assert.Equal(after, errors[^1], 1e-4 * before);
        Assert.Equal(after, LevelErrors.Weighted(problem.Levels, problem.Codes, QuantizationRun.Default), 1e-4 * after);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_run_of_inputs_has_better_codes_than_those_it_ends_with(bool nested)
    {
        var problem = new RefinementProblem(3, 16, 2, 16, nested, seed: 5);

        // With all paths kept the search is exhaustive; sweeps end where no run can gain on its own.
        new CodeDescent(problem.Levels, problem.Codes, 16, QuantizationRun.Default).Run(sweeps: 20);
        double reached = problem.Error();
        ushort[][] codes = problem.Codes.Codes;
        for (int run = 0; run < codes[0].Length; run++)
        {
            (ushort first, ushort second) = (codes[0][run], codes[1][run]);
            for (int pair = 0; pair < 256; pair++)
            {
                (codes[0][run], codes[1][run]) = ((ushort)(pair / 16), (ushort)(pair % 16));
                Assert.True(problem.Error() >= reached * (1 - 1e-5), $"run {run}: {pair / 16}, {pair % 16}");
            }

            (codes[0][run], codes[1][run]) = (first, second);
        }
    }

    [Fact]
    public void One_run_of_inputs_gets_the_best_of_all_codes()
    {
        var problem = new RefinementProblem(1, 4, 2, 16, nested: true, seed: 9);
        double best = double.PositiveInfinity;
        for (int pair = 0; pair < 256; pair++)
        {
            (problem.Codes.Codes[0][0], problem.Codes.Codes[1][0]) = ((ushort)(pair / 16), (ushort)(pair % 16));
            best = Math.Min(best, problem.Error());
        }

        new CodeDescent(problem.Levels, problem.Codes, 16, QuantizationRun.Default).Run(sweeps: 1);
        Assert.Equal(best, problem.Error(), 1e-5 * best);
    }

    [Fact]
    public void Rows_of_zeros_keep_their_codes()
    {
        var problem = new RefinementProblem(5, 16, 2, 16, nested: true);
        problem.Codes.Scales[2] = 0;
        ushort[] before = problem.Codes.Codes[0][8..12];
        new CodeDescent(problem.Levels, problem.Codes, 4, QuantizationRun.Default).Run(sweeps: 2);
        Assert.Equal(before, problem.Codes.Codes[0][8..12]);
    }

    [Fact]
    public void The_number_of_workers_leaves_no_trace()
    {
        var one = new RefinementProblem(150, 24, 3, 16, nested: true);
        var three = new RefinementProblem(150, 24, 3, 16, nested: true);
        foreach ((RefinementProblem problem, int workers) in ((RefinementProblem, int)[])[(one, 1), (three, 3)])
        {
            var run = new QuantizationRun(workers);
            CodebookFit.Improve(new CodebookGradient(problem.Levels, problem.Codes, run), problem.Codes, 5, 0, run);
            new CodeDescent(problem.Levels, problem.Codes, 4, run).Run(sweeps: 2);
            RowScaleFit.Improve(problem.Levels, problem.Codes, ScalarType.Float16, run);
        }

        Assert.Equal(one.Codes.Codebooks.Values, three.Codes.Codebooks.Values);
        Assert.Equal(one.Codes.Scales, three.Codes.Scales);
        for (int m = 0; m < 3; m++) Assert.Equal(one.Codes.Codes[m], three.Codes.Codes[m]);
    }
}
