using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.ModelFiles;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>The end of a model there and back: against the divergence written down in float64, and gradients against its differences.</summary>
public sealed class DivergencePassTests
{
    private const int Tokens = 19;
    private const int Hidden = 24;
    private const int Vocabulary = 90;

    [Theory]
    [InlineData(null, false)]
    [InlineData(3.0, false)]
    [InlineData(null, true)]
    public unsafe void Divergences_and_gradients_are_those_of_float64(double? cap, bool hasBias)
    {
        float[] stream = Values(Tokens * Hidden, 1, 1), reference = Values(Tokens * Hidden, 2, 1), head = Values(Vocabulary * Hidden, 3, 0.4f), other = Values(Vocabulary * Hidden, 4, 0.4f);
        var weights = new NormWeights([.. Values(Hidden, 5, 0.2f).Select(static value => 1 + value)], hasBias ? Values(Hidden, 6, 0.3f) : null);
        var tensor = new LinearTensor("head", Vocabulary, Hidden, null, "head");
        using BlockLinear model = new(tensor, head, null), original = new(tensor, other, null);
        var norm = new BlockNorm(weights, new NormConfig(hasBias ? NormKind.Layer : NormKind.RootMeanSquare, 1e-5));
        using var pass = new DivergencePass(norm, model, original, cap, BlockEngine.Cpu);
        var gradient = new float[stream.Length];
        fixed (float* x = stream, y = reference, d = gradient)
        {
            FloatView rows = new(x, Tokens, Hidden), expected = new(y, Tokens, Hidden);
            double sum = pass.Backward(rows, expected, 0.5, new FloatView(d, Tokens, Hidden));
            Assert.Equal(Divergence(), sum, 1e-4);
            Assert.Equal(sum, pass.Forward(rows, expected), 1e-9);
        }

        foreach ((float[] values, float[] of) in new (float[], float[]?)[] { (stream, gradient), (weights.Weight, pass.NormGradient.Weight), (weights.Bias ?? [], pass.NormGradient.Bias) }
            .Where(static pair => pair.Item2 is not null).Select(static pair => (pair.Item1, pair.Item2!)))
        {
            double length = Math.Sqrt(of.Sum(static g => (double)g * g));
            float[] centre = [.. values];
            double At(double step)
            {
                for (int i = 0; i < centre.Length; i++) values[i] = (float)(centre[i] + (step * of[i] / length));
                return Divergence();
            }

            double derivative = 0.5 * (At(1e-2) - At(-1e-2)) / 2e-2;
            centre.CopyTo(values, 0);
            Assert.InRange(derivative / length, 0.998, 1.002);
        }

        double Divergence()
        {
            double total = 0;
            for (int token = 0; token < Tokens; token++)
            {
                double[] p = Predictions(other, [.. reference.Skip(token * Hidden).Take(Hidden).Select(static value => (double)value)]), q = Predictions(head, Normed(token));
                total += p.Zip(q, static (a, b) => Math.Exp(a) * (a - b)).Sum();
            }

            return total;
        }

        double[] Normed(int token)
        {
            double[] x = [.. stream.Skip(token * Hidden).Take(Hidden).Select(static value => (double)value)];
            double mean = hasBias ? x.Average() : 0, scale = 1 / Math.Sqrt(x.Average(value => (value - mean) * (value - mean)) + 1e-5);
            return [.. x.Select((value, i) => ((value - mean) * scale * weights.Weight[i]) + (weights.Bias?[i] ?? 0))];
        }

        double[] Predictions(float[] rows, double[] x)
        {
            double[] logits = [.. Enumerable.Range(0, Vocabulary).Select(row => x.Select((value, i) => value * rows[(row * Hidden) + i]).Sum())];
            if (cap is { } most) logits = [.. logits.Select(logit => most * Math.Tanh(logit / most))];
            double denominator = Math.Log(logits.Sum(Math.Exp));
            return [.. logits.Select(logit => logit - denominator)];
        }
    }

    private static float[] Values(int count, int seed, float scale)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => scale * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
    }
}
