using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Feedback;
using Dropwise.Quantization.Tests.Calibration;

namespace Dropwise.Quantization.Tests.Feedback;

public sealed class SpqrRevisionTests
{
    private static readonly FormatDescriptor Format = SpqrQuantizerTests.Format;

    [Fact]
    public void Sweeps_never_raise_the_error_and_take_a_part_of_it_off()
    {
        FloatMatrix weights = Matrices.Gaussian(72, 200);
        InputMoments moments = CorrelatedInputs.Moments(200, 5);
        double[] errors = [.. Enumerable.Range(0, 6).Select(sweeps => Error(weights, moments, sweeps))];
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(' ', errors));
        Assert.All(errors.Zip(errors.Skip(1)), pair => Assert.True(pair.Second <= pair.First * 1.00001));
        Assert.True(errors[4] < 0.9 * errors[0], $"{errors[4] / errors[0]:F3} of feedback's error is left");
    }

    [Fact]
    public void Outliers_that_sweeps_choose_are_worth_their_price()
    {
        FloatMatrix weights = Matrices.Gaussian(64, 160);
        InputMoments moments = CorrelatedInputs.Moments(160, 3);
        var factor = new FeedbackFactor(moments, InputOrder.ByEnergy(moments, 16), 0, QuantizationRun.Default);
        ScalarCodes codes = ScalarCodes.For(Format with { Zero = ZeroPoint.None });
        var pairs = new PairSearch(codes, Format.SecondLevel!);
        const float Price = 0.02f;
        var result = new CanonicalMatrix(Format, weights.Rows, weights.Columns);
        var rows = new SettledRows(weights, 0, weights.Rows, factor.Order);
        new SpqrPass(factor, pairs, Format, Price, result.Statistics!, 0).Run(rows, TestContext.Current.CancellationToken);
        var revision = new SpqrRevision(GroupFactor.Of(factor, QuantizationRun.Default), codes, pairs, Format, Price, result.Statistics!, 0);
        double before = Cost(rows, factor, Price);
        Assert.Contains(true, rows.IsOutlier);
        for (int sweep = 0; sweep < 4; sweep++)
        {
            new ExchangePass(factor).Run(rows, revision, 1, TestContext.Current.CancellationToken);
            double after = Cost(rows, factor, Price);
            Assert.True(after <= before * 1.00001, $"sweep {sweep}: {before} to {after}");
            before = after;
        }
    }

    [Fact]
    public void A_groups_factor_says_what_its_errors_cost_and_its_inverse_undoes_its_moments()
    {
        InputMoments moments = CorrelatedInputs.Moments(40, 7);
        var factor = new FeedbackFactor(moments, InputOrder.Natural(40, 16), 0.01, QuantizationRun.Default);
        GroupFactor[] factors = GroupFactor.Of(factor, QuantizationRun.Default);
        foreach (InputGroup group in factor.Order.Groups)
        {
            GroupFactor own = factors[group.Index];
            for (int i = 0; i < group.Length; i++)
            {
                for (int j = 0; j < group.Length; j++)
                {
                    double unit = Enumerable.Range(0, group.Length).Sum(k => (double)own.Inverse[(i * group.Length) + k] * Moment(group.First + k, group.First + j));
                    Assert.Equal(i == j ? 1 : 0, unit, 1e-3);
                }
            }

            // H = U Uᵀ on the diagonal, with U_ij = G_ij U_jj.
            for (int i = 0; i < group.Length; i++)
            {
                double diagonal = own.Costs[i] + Enumerable.Range(i + 1, group.Length - i - 1).Sum(j => (double)own.Gains[(j * group.Length) + i] * own.Gains[(j * group.Length) + i] * own.Costs[j]);
                Assert.Equal(Moment(group.First + i, group.First + i), diagonal, 1e-3 * diagonal);
            }
        }

        double Moment(int i, int j) => factor.Moments[(i * factor.Columns) + j];
    }

    // No weight is worth a threshold of ten, so that the error is all that counts.
    private static double Error(FloatMatrix weights, InputMoments moments, int sweeps)
    {
        var options = new SpqrOptions { Damping = 0, Threshold = 10, Sweeps = sweeps };
        CanonicalMatrix result = new SpqrQuantizer(Format, options).Quantize([new LevelTarget(weights, moments)], QuantizationRun.Default);
        Assert.Empty(result.Outliers);
        return CorrelatedInputs.WeightedError(weights, result, moments);
    }

    private static double Cost(SettledRows rows, FeedbackFactor factor, float price)
    {
        double sum = price * rows.IsOutlier.Count(static outlier => outlier);
        for (int row = 0; row < rows.Count; row++)
        {
            for (int i = 0; i < rows.Columns; i++)
            {
                double slope = 0;
                for (int j = 0; j < rows.Columns; j++) slope += (double)factor.Moments[(i * rows.Columns) + j] * rows.Errors[(row * rows.Columns) + j];
                sum += slope * rows.Errors[(row * rows.Columns) + i];
            }
        }

        return sum;
    }
}
