using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Inference.Tests.Architectures;

/// <summary>
/// Gradients of a layer against differences of its outputs, for every family and form: of the stream and of each parameter, along several directions
/// that are parts of the gradient, so that a direction's derivative is as large as it can be beside the rounding of float32.
/// </summary>
public sealed class BlockPassTests(ITestOutputHelper output)
{
    private const int Length = 37;

    // Of a gradient's length: outputs are float32, and differences of them lose two to three digits.
    private const double Tolerance = 2e-3;

    public static TheoryData<string> Golden => GoldenLogitsTests.Families;

    public static TheoryData<string, string> Configurations => LongTextTests.Configurations;

    [Theory]
    [MemberData(nameof(Golden))]
    public void A_golden_model_has_the_gradients_of_differences(string family) => Compare(ModelFolder.Open(TestData.Find($"models/golden/{family}")), family);

    [Theory]
    [MemberData(nameof(Configurations))]
    public void A_form_of_a_family_has_the_gradients_of_differences(string name, string fields)
    {
        using var synthetic = new SyntheticModel($"{{{LongTextTests.Small},{fields}}}");
        Compare(ModelFolder.Open(synthetic.Folder), name);
    }

    [Fact]
    public void A_pass_gives_what_the_layer_gives_and_may_be_used_again()
    {
        using var synthetic = new SyntheticModel($"{{{LongTextTests.Small},\"model_type\":\"gemma2\",\"head_dim\":16,\"sliding_window\":11}}");
        using var blocks = new DecoderBlocks(ModelFolder.Open(synthetic.Folder), Length);
        DecoderBlock block = blocks.Read(0);
        float[] longer = Stream(block, 1, Length), shorter = Stream(block, 2, Length / 2), seed = Stream(block, 3, Length / 2);
        var used = new BlockPass(block);
        used.Forward(longer);
        used.Backward(longer);
        var fresh = new BlockPass(block);
        foreach (BlockPass pass in (BlockPass[])[used, fresh])
        {
            pass.Forward(shorter);
            pass.Backward(seed);
        }

        Assert.Equal(fresh.InputGradient, used.InputGradient);
        for (int i = 0; i < block.Norms.Length; i++) Assert.Equal(fresh.Norms[i].Weight, used.Norms[i].Weight);
        for (int i = 0; i < block.Linears.Length; i++) Assert.Equal(Gradient(block.Linears[i], fresh.Linears[i]), Gradient(block.Linears[i], used.Linears[i]));
        float[] expected = [.. shorter];
        block.Forward(expected);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], used.Output[i], 1e-5);
    }

    private void Compare(ModelSource source, string name)
    {
        using var blocks = new DecoderBlocks(source, Length);
        double worst = 0;
        for (int layer = 0; layer < source.Config.Layers; layer += Math.Max(1, source.Config.Layers - 1))
        {
            DecoderBlock block = blocks.Read(layer);
            float[] residual = Stream(block, 5 + layer, Length), seed = Stream(block, 50 + layer, Length);
            var pass = new BlockPass(block);
            pass.Forward(residual);
            pass.Backward(seed);
            ImmutableArray<NetworkTokens> routes = pass.Routes;
            double Loss()
            {
                pass.Forward(residual);

                // Where another expert is chosen, outputs jump, and differences mean nothing.
                if (!pass.Routes.Zip(routes).All(static pair => pair.First.AreAll || pair.First.Tokens.SequenceEqual(pair.Second.Tokens))) return double.NaN;
                double loss = 0;
                for (int i = 0; i < seed.Length; i++) loss += (double)pass.Output[i] * seed[i];
                return loss;
            }

            // All gradients first: the differences below go forward with the same pass.
            List<(string Name, float[] Values, float[] Gradient)> parameters = [("stream", residual, pass.InputGradient.ToArray())];
            for (int i = 0; i < block.Linears.Length; i++) AddLinear(block.Linears[i], pass.Linears[i]);
            if (block.Scores is not null) AddLinear(block.Scores, pass.Scores!);
            for (int i = 0; i < block.Norms.Length; i++)
            {
                parameters.Add(($"norm {i}", block.Norms[i].Weight, [.. pass.Norms[i].Weight]));
                if (block.Norms[i].Bias is { } bias) parameters.Add(($"bias of norm {i}", bias, [.. pass.Norms[i].Bias!]));
            }

            foreach ((string parameter, float[] values, float[] gradient) in parameters)
            {
                double difference = Difference(values, gradient, Loss);
                if (!(difference <= worst)) worst = difference;
                Assert.True(difference <= Tolerance, $"{name}, layer {layer}, {parameter}: {difference:0.0e+0}");
            }

            void AddLinear(BlockLinear linear, LinearUse use)
            {
                parameters.Add((linear.Tensor.Weight, linear.Weight, Gradient(linear, use)));
                if (linear.Bias is null) return;
                var gradient = new float[linear.Bias.Length];
                use.AddBiasGradient(gradient);
                parameters.Add((linear.Tensor.Bias!, linear.Bias, gradient));
            }
        }

        output.WriteLine($"{name}: {worst:0.0e+0}");
    }

    // In two pieces, as threads would.
    private static unsafe float[] Gradient(BlockLinear linear, LinearUse use)
    {
        int first = linear.Tensor.Rows / 3;
        var gradient = new float[linear.Weight.Length];
        fixed (float* target = gradient)
        {
            use.AddWeightGradient(0, first, target);
            use.AddWeightGradient(first, linear.Tensor.Rows - first, target + ((nint)first * linear.Tensor.Columns));
        }

        return gradient;
    }

    /// <summary>How far a parameter's gradient is from differences of the loss, in parts of its length.</summary>
    private static double Difference(float[] values, float[] gradient, Func<double> loss)
    {
        double length = Math.Sqrt(gradient.Sum(g => (double)g * g)), worst = 0;

        // A parameter that nothing depends on, such as a key's bias that every score of a softmax shares, has rounding for a gradient.
        if (length < 1e-3) return Math.Abs(Derivative(values, [.. values.Select(static _ => 1f)], loss)) < 1e-2 ? 0 : double.NaN;
        int compared = 0;
        for (int part = 0; compared < 3; part++)
        {
            // All of the gradient, then random halves of it, and smaller parts while other experts are chosen along them.
            var random = new Random(part);
            float[] direction = [.. gradient.Select(g => random.NextDouble() < Math.Pow(0.7, part) ? (float)(g / length) : 0)];
            double expected = direction.Zip(gradient, (d, g) => (double)d * g).Sum();
            double derivative = Derivative(values, direction, loss);
            if (double.IsNaN(derivative) && part < 20) continue;
            compared++;
            double difference = Math.Abs(derivative - expected) / length;
            if (!(difference <= worst)) worst = difference;
        }

        return worst;
    }

    // Four points, whose error is of the fourth order of the step.
    private static double Derivative(float[] values, float[] direction, Func<double> loss)
    {
        float[] centre = [.. values];
        double step = 1e-2;
        double At(double distance)
        {
            for (int i = 0; i < values.Length; i++) values[i] = (float)(centre[i] + (distance * direction[i]));
            return loss();
        }

        double near = At(step) - At(-step), far = At(2 * step) - At(-2 * step);
        centre.CopyTo(values, 0);
        return ((8 * near) - far) / (12 * step);
    }

    private static float[] Stream(DecoderBlock block, int seed, int tokens)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, tokens * block.HiddenSize).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
