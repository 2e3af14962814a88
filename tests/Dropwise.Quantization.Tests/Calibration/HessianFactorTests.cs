using System.Diagnostics;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Tests.Calibration;

public sealed class HessianFactorTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(70)]
    [InlineData(329)]
    public void Factor_times_its_transpose_is_the_damped_moments(int columns)
    {
        InputMoments moments = CorrelatedInputs.Moments(columns, 7);
        double[] upper = HessianFactor.Upper(moments, 0.01, QuantizationRun.Default);
        double mean = Enumerable.Range(0, columns).Average(i => moments.Hessian[(i * columns) + i]);
        for (int i = 0; i < columns; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                if (j < i) Assert.Equal(0, upper[(i * columns) + j]);
                double sum = 0;
                for (int k = Math.Max(i, j); k < columns; k++) sum += upper[(i * columns) + k] * upper[(j * columns) + k];
                double expected = moments.Hessian[(i * columns) + j] + (i == j ? 0.01 * mean : 0);
                Assert.Equal(expected, sum, 1e-11 * mean);
            }
        }
    }

    [Fact]
    public void Result_is_the_same_at_any_number_of_workers()
    {
        InputMoments moments = CorrelatedInputs.Moments(150, 3);
        double[] expected = HessianFactor.Upper(moments, 0.01, new QuantizationRun(1));
        for (int workers = 2; workers <= 4; workers++) Assert.Equal(expected, HessianFactor.Upper(moments, 0.01, new QuantizationRun(workers)));
    }

    [Fact]
    public void Dead_inputs_have_the_added_part_alone()
    {
        double[] hessian = [4, 0, 2, 0, 0, 0, 2, 0, 8];
        double[] upper = HessianFactor.Upper(new InputMoments(3, hessian, 1), 0.5, QuantizationRun.Default);
        Assert.Equal(Math.Sqrt(0.5 * 6), upper[4], 1e-12);
        Assert.Equal(0, upper[1]);
        Assert.Equal(0, upper[5]);
    }

    [Fact]
    public void Dead_inputs_are_one_where_nothing_is_added()
    {
        double[] upper = HessianFactor.Upper(new InputMoments(2, [0, 0, 0, 9], 1), 0, QuantizationRun.Default);
        Assert.Equal([1, 0, 0, 3], upper);
    }

    [Fact]
    public void Moments_that_are_not_numbers_are_refused()
    {
        double[] hessian = [1, 0, double.NaN, 1];
        QuantizationException e = Assert.Throws<QuantizationException>(
            () => HessianFactor.Upper(new InputMoments(2, hessian, 1), 0.01, QuantizationRun.Default));
        Assert.Equal("the moment of inputs 1 and 0 is NaN", e.Message);
    }

    [Fact]
    public void Moments_that_are_not_positive_definite_are_refused()
    {
        QuantizationException e = Assert.Throws<QuantizationException>(
            () => HessianFactor.Upper(new InputMoments(2, [1, 2, 2, 1], 1), 0.01, QuantizationRun.Default));
        Assert.Contains("not positive definite at input 0: damping of 0.01 is too little", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Speed")]
    public void Two_thousand_inputs_are_factored_at_ten_gigaflops_on_two_threads()
    {
        const int Columns = 2048;
        var hessian = new double[Columns * Columns];
        for (int i = 0; i < Columns; i++)
        {
            for (int j = 0; j < Columns; j++) hessian[(i * Columns) + j] = Math.Pow(0.99, Math.Abs(i - j));
        }

        var moments = new InputMoments(Columns, hessian, 1);
        double best = double.PositiveInfinity;
        for (int repeat = 0; repeat < 5; repeat++)
        {
            var watch = Stopwatch.StartNew();
            HessianFactor.Upper(moments, 0.01, new QuantizationRun(2));
            best = Math.Min(best, watch.Elapsed.TotalSeconds);
        }

        // K³ / 3 multiplications and additions.
        double rate = Math.Pow(Columns, 3) / 3 / best / 1e9;
        TestContext.Current.TestOutputHelper?.WriteLine(FormattableString.Invariant($"{best:F3} s, {rate:F1} GFLOP/s"));
        Assert.True(rate >= 10, FormattableString.Invariant($"{rate:F1} GFLOP/s"));
    }
}
