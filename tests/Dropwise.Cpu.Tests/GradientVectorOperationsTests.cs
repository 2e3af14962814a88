namespace Dropwise.Cpu.Tests;

/// <summary>Operations backwards, against formulas and differences in float64.</summary>
public sealed unsafe class GradientVectorOperationsTests
{
    private const float Epsilon = 1e-5f;
    private const double Tolerance = 3e-5;

    public static TheoryData<int> Lengths => [1, 2, 7, 8, 15, 16, 17, 31, 33, 48, 100, 257];

    public static TheoryData<ActivationFunction> Functions => [ActivationFunction.Silu, ActivationFunction.Gelu, ActivationFunction.GeluTanh];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void RmsNorm_has_the_gradient_of_differences(int count) => CompareNorm(count, 0, hasBias: false);

    [Theory]
    [MemberData(nameof(Lengths))]
    public void LayerNorm_has_the_gradient_of_differences(int count) => CompareNorm(count, 3, hasBias: true);

    [Theory]
    [MemberData(nameof(Functions))]
    public void An_activation_has_the_slope_of_differences(ActivationFunction function)
    {
        float[] x = [.. Enumerable.Range(-100, 201).Select(static i => i * 0.05f)];
        float[] ones = [.. x.Select(static _ => 1f)], slopes = new float[x.Length];
        fixed (float* px = x, po = ones, ps = slopes) ActivationOperations.ApplyGradient(function, px, po, ps, x.Length);
        for (int i = 0; i < x.Length; i++)
            Assert.Equal((Value(function, x[i] + 1e-4) - Value(function, x[i] - 1e-4)) / 2e-4, slopes[i], 2e-6);
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void A_gate_gives_each_side_its_gradient_in_place(ActivationFunction function)
    {
        foreach (int count in (int[])[1, 15, 16, 37])
        {
            float[] gate = Reference.Random(count, 1, 3), up = Reference.Random(count, 2, 3), dy = Reference.Random(count, 3), values = new float[count], slopes = new float[count];
            float[] dgate = [.. gate], dup = [.. up], ones = [.. up.Select(static _ => 1f)];
            fixed (float* pg = gate, pv = values, ps = slopes, po = ones, pdg = dgate, pdu = dup, pdy = dy)
            {
                ActivationOperations.Apply(function, pg, pv, count);
                ActivationOperations.ApplyGradient(function, pg, po, ps, count);
                ActivationOperations.ApplyGateGradient(function, pdg, pdu, pdy, pdg, pdu, count);
            }

            for (int i = 0; i < count; i++)
            {
                Assert.Equal(dy[i] * values[i], dup[i], 1e-5);
                Assert.Equal(dy[i] * up[i] * slopes[i], dgate[i], 1e-5);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Softmax_and_soft_cap_have_the_gradients_of_their_formulas(int count)
    {
        const float Scale = 0.5f, Cap = 2;
        float[] x = Reference.Random(count, 5, 6), dp = Reference.Random(count, 6), y = [.. x], slopes = new float[count];
        fixed (float* py = y, ps = slopes)
        {
            VectorOperations.SoftCap(py, Scale, Cap, count);
            VectorOperations.SoftCapSlopes(py, Scale, Cap, ps, count);
        }

        double[] p = Softmax([.. y.Select(static v => (double)v)]);
        float[] weights = [.. p.Select(static v => (float)v)], gradient = [.. dp];
        fixed (float* pw = weights, pg = gradient, ps = slopes)
        {
            VectorOperations.SoftmaxGradient(pw, pg, count);
            VectorOperations.Multiply(pg, ps, count);
        }

        double mean = p.Zip(dp, static (a, b) => a * b).Sum();
        for (int i = 0; i < count; i++)
        {
            double tanh = Math.Tanh(x[i] * Scale / Cap);
            Assert.Equal(p[i] * (dp[i] - mean) * Scale * (1 - (tanh * tanh)), gradient[i], 1e-6);
        }
    }

    private static void CompareNorm(int count, double centre, bool hasBias)
    {
        float[] x = [.. Reference.Random(count, 11).Select(v => (float)(v + centre))], weight = Reference.Random(count, 12), dy = Reference.Random(count, 13);
        float[] dx = [.. dy], dweight = [.. weight.Select(static _ => 0.5f)], dbias = [.. weight.Select(static _ => 0.25f)];
        fixed (float* px = x, pw = weight, pdx = dx, pdw = dweight, pdb = dbias)
        {
            if (hasBias) NormOperations.LayerNormGradient(px, pw, Epsilon, pdx, pdx, pdw, pdb, count);
            else NormOperations.RmsNormGradient(px, pw, Epsilon, pdx, pdx, pdw, count);
        }

        double[] values = [.. x.Select(static v => (double)v)];
        double[] normed = Normed(values, hasBias);

        // One or two values less their mean are all deviation: their slope is of the order of epsilon's root, and rounding is larger.
        double tolerance = hasBias && count <= 2 ? 1 : Tolerance;
        for (int i = 0; i < count; i++)
        {
            Assert.Equal(0.5 + (dy[i] * normed[i]), dweight[i], tolerance);
            if (hasBias) Assert.Equal(0.25 + dy[i], dbias[i], Tolerance);
            double at = values[i];
            values[i] = at + 1e-5;
            double above = Loss();
            values[i] = at - 1e-5;
            double below = Loss();
            values[i] = at;
            Assert.Equal((above - below) / 2e-5, dx[i], tolerance * (1 + Math.Abs(dx[i])));
        }

        double Loss() => Normed(values, hasBias).Select((v, i) => v * weight[i] * dy[i]).Sum();
    }

    private static double[] Normed(double[] x, bool centred)
    {
        double mean = centred ? x.Average() : 0, deviation = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + Epsilon);
        return [.. x.Select(v => (v - mean) / deviation)];
    }

    private static double[] Softmax(double[] x)
    {
        double sum = x.Sum(Math.Exp);
        return [.. x.Select(v => Math.Exp(v) / sum)];
    }

    private static double Value(ActivationFunction function, double x) => function switch
    {
        ActivationFunction.Silu => x / (1 + Math.Exp(-x)),
        ActivationFunction.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x)))),
        _ => x * Phi(x),
    };

    // Φ by its series at zero, which for these arguments converges to all digits that matter.
    private static double Phi(double x)
    {
        double sum = 0, term = x;
        for (int n = 0; n < 400; n++)
        {
            sum += term / ((2 * n) + 1);
            term *= -x * x / (2 * (n + 1));
        }

        return 0.5 + (sum / Math.Sqrt(2 * Math.PI));
    }
}
