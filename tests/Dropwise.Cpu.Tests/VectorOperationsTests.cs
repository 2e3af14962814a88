namespace Dropwise.Cpu.Tests;

public sealed unsafe class VectorOperationsTests
{
    // A few units in the last place of float32, relative to the largest value.
    private const double Tolerance = 1e-6;

    public static TheoryData<int> Lengths => [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 48, 63, 100, 257];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Add_adds(int count)
    {
        float[] x = Reference.Random(count, 1), y = Reference.Random(count, 2), expected = [.. x.Zip(y, (a, b) => a + b)];
        fixed (float* px = x, py = y) VectorOperations.Add(px, py, count);
        Assert.Equal(expected, y);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void RmsNorm_divides_by_the_root_of_the_mean_square(int count)
    {
        float[] x = Reference.Random(count, 3, 5), weight = Reference.Random(count, 4), y = new float[count];
        fixed (float* px = x, pw = weight, py = y) NormOperations.RmsNorm(px, pw, 1e-5f, py, count);
        double root = Math.Sqrt(x.Average(v => (double)v * v) + 1e-5);
        for (int i = 0; i < count; i++) Assert.Equal(x[i] / root * weight[i], y[i], 2e-6);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void LayerNorm_subtracts_the_mean_and_divides_by_the_deviation(int count)
    {
        // A mean far from zero, which a variance from sums of squares would not survive.
        float[] x = [.. Reference.Random(count, 11).Select(static v => v + 100)], weight = Reference.Random(count, 12), bias = Reference.Random(count, 13), y = new float[count];
        fixed (float* px = x, pw = weight, pb = bias, py = y) NormOperations.LayerNorm(px, pw, pb, 1e-5f, py, count);
        double mean = x.Average(static v => (double)v), deviation = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + 1e-5);
        for (int i = 0; i < count; i++) Assert.Equal(((x[i] - mean) / deviation * weight[i]) + bias[i], y[i], 1e-4);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AddScaled_and_Multiply_scale(int count)
    {
        float[] x = Reference.Random(count, 14), y = Reference.Random(count, 15), sums = [.. y], products = [.. x];
        fixed (float* px = x, ps = sums, pp = products)
        {
            VectorOperations.AddScaled(px, 0.75f, ps, count);
            VectorOperations.Multiply(pp, 0.75f, count);
        }

        for (int i = 0; i < count; i++)
        {
            Assert.Equal((0.75 * x[i]) + y[i], sums[i], Tolerance);
            Assert.Equal(0.75f * x[i], products[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void SoftCap_bounds(int count)
    {
        float[] x = Reference.Random(count, 16, 400), y = [.. x];
        fixed (float* py = y) VectorOperations.SoftCap(py, 0.5f, 30, count);
        for (int i = 0; i < count; i++) Assert.Equal(30 * Math.Tanh(x[i] * 0.5 / 30), y[i], 30 * 3e-7);
    }

    [Theory]
    [InlineData(ActivationFunction.Silu)]
    [InlineData(ActivationFunction.Gelu)]
    [InlineData(ActivationFunction.GeluTanh)]
    public void Activations_are_right_over_their_range_alone_and_as_a_gate(ActivationFunction function)
    {
        float[] x = [.. Enumerable.Range(-2000, 4001).Select(static i => i * 0.01f)], factors = Reference.Random(x.Length, 17), alone = new float[x.Length], gated = new float[x.Length];
        fixed (float* px = x, pf = factors, pa = alone, pg = gated)
        {
            ActivationOperations.Apply(function, px, pa, x.Length);
            ActivationOperations.ApplyGate(function, px, pf, pg, x.Length);
        }

        for (int i = 0; i < x.Length; i++)
        {
            double expected = Expected(function, x[i]);
            Assert.Equal(expected, alone[i], Tolerance * Math.Max(1, Math.Abs(expected)));
            Assert.Equal(expected * factors[i], gated[i], Tolerance * Math.Max(1, Math.Abs(expected)));
        }
    }

    [Theory]
    [InlineData(ActivationFunction.Silu)]
    [InlineData(ActivationFunction.Gelu)]
    [InlineData(ActivationFunction.GeluTanh)]
    public void Activations_are_finite_for_values_of_any_size(ActivationFunction function)
    {
        float[] gate = [-1e30f, -500, -100, 100, 500, 1e30f, 0, -0f], up = [1, 1, 1, 1, 1, 1, 1, 1], y = new float[8];
        fixed (float* pg = gate, pu = up, py = y) ActivationOperations.ApplyGate(function, pg, pu, py, 8);
        Assert.All(y, value => Assert.True(float.IsFinite(value)));
        Assert.Equal(0, y[2], 1e-30f);
        Assert.Equal(100, y[3], 1e-4f);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(34)]
    [InlineData(48)]
    [InlineData(128)]
    public void Rotate_turns_pairs_that_lie_half_a_head_apart(int count)
    {
        int half = count / 2;
        float[] x = Reference.Random(count, 7), original = [.. x];
        double[] angles = [.. Reference.Random(half, 8, 3).Select(a => (double)a)];
        float[] cosines = [.. angles.Select(a => (float)Math.Cos(a))], sines = [.. angles.Select(a => (float)Math.Sin(a))];
        fixed (float* px = x, pc = cosines, ps = sines) VectorOperations.Rotate(px, pc, ps, count);
        for (int i = 0; i < half; i++)
        {
            Assert.Equal((original[i] * Math.Cos(angles[i])) - (original[half + i] * Math.Sin(angles[i])), x[i], Tolerance);
            Assert.Equal((original[half + i] * Math.Cos(angles[i])) + (original[i] * Math.Sin(angles[i])), x[half + i], Tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Softmax_numerators_over_their_sum_are_the_softmax(int count)
    {
        float[] x = Reference.Random(count, 9, 30);
        double[] expected = Reference.Softmax(x.Select(v => v * 0.25));
        float sum;
        fixed (float* px = x) sum = VectorOperations.SoftmaxNumerators(px, 0.25f, count);
        for (int i = 0; i < count; i++) Assert.Equal(expected[i], x[i] / (double)sum, Tolerance);
    }

    [Fact]
    public void Exponentials_are_right_to_two_units_in_the_last_place_over_their_whole_range()
    {
        // The first element is the largest, so that the others are their exponentials.
        float[] x = [0, .. Enumerable.Range(0, 8700).Select(i => -i * 0.01f)];
        float[] inputs = [.. x];
        fixed (float* px = x) VectorOperations.SoftmaxNumerators(px, 1, x.Length);
        for (int i = 0; i < x.Length; i++) Assert.InRange(x[i] / Math.Exp(inputs[i]), 1 - 2.4e-7, 1 + 2.4e-7);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void LogSumExp_is_the_logarithm_of_the_softmaxs_denominator(int count)
    {
        float[] x = Reference.Random(count, 10, 40);
        double maximum = x.Max(), expected = maximum + Math.Log(x.Sum(v => Math.Exp(v - maximum)));
        fixed (float* px = x) Assert.Equal(expected, VectorOperations.LogSumExp(px, count), 1e-6 * 40);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Maximum_finds_the_largest_wherever_it_is(int count)
    {
        float[] x = new float[count];
        for (int at = 0; at < count; at++)
        {
            Array.Fill(x, -3f);
            x[at] = -2;
            fixed (float* px = x) Assert.Equal(-2, VectorOperations.Maximum(px, count));
        }
    }

    private static double Expected(ActivationFunction function, double x) => function switch
    {
        ActivationFunction.Silu => x / (1 + Math.Exp(-x)),
        ActivationFunction.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        _ => x * NormalDistribution(x),
    };

    /// <summary>Φ(x), by the trapezoidal rule, which converges fast for what vanishes at both ends.</summary>
    private static double NormalDistribution(double x)
    {
        const double Step = 1.0 / 256, Far = 9;
        if (x > 0) return 1 - NormalDistribution(-x);
        double sum = Math.Exp(-x * x / 2) / 2;
        for (double t = x - Step; t > x - Far; t -= Step) sum += Math.Exp(-t * t / 2);

        // Euler and Maclaurin's first correction for the end that does not vanish.
        return ((sum * Step) + (Step * Step / 12 * x * Math.Exp(-x * x / 2))) / Math.Sqrt(2 * Math.PI);
    }
}
