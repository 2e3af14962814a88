using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Testing;

namespace Dropwise.Torch.Tests;

/// <summary>Gradients of whole layers against PyTorch's autograd in float64.</summary>
public sealed class BlockPassTests(ITestOutputHelper output)
{
    private const int Length = 70;

    // Of a gradient's length; ours are float32.
    private const double Tolerance = 1e-5;

    [Theory]
    [InlineData("llama")]
    [InlineData("gemma2")]
    public unsafe void Gradients_are_those_of_autograd(string family)
    {
        TorchValues.RequireLibrary();
        using ModelFolder folder = ModelFolder.Open(TestData.Find($"models/golden/{family}"));
        using var blocks = new DecoderBlocks(folder, Length);
        for (int index = 0; index < folder.Config.Layers; index++)
        {
            DecoderBlock block = blocks.Read(index);
            float[] residual = Stream(block, 2 * index), seed = Stream(block, (2 * index) + 1);
            var pass = new BlockPass(block);
            pass.Forward(residual);
            pass.Backward(seed);
            var torch = new TorchLayer(folder.Config, index, block);
            (double[] expected, double[] gradient) = torch.Run(residual, seed);
            Compare($"{family} {index} output", expected, pass.Output);
            Compare($"{family} {index} stream", gradient, pass.InputGradient);
            foreach ((int i, double[] norm) in torch.NormGradients.Index()) Compare($"{family} {index} norm {i}", norm, pass.Norms[i].Weight);
            foreach ((int i, double[] linear) in torch.LinearGradients.Index())
            {
                var ours = new float[linear.Length];
                fixed (float* target = ours) pass.Linears[i].AddWeightGradient(0, block.Linears[i].Tensor.Rows, target);
                Compare($"{family} {index} {block.Linears[i].Tensor.Weight}", linear, ours);
            }
        }
    }

    private void Compare(string name, double[] expected, ReadOnlySpan<float> actual)
    {
        double error = TorchValues.Error(expected, actual);
        output.WriteLine($"{name}: {error:0.0e+0}");
        Assert.True(error < Tolerance, $"{name}: {error:0.0e+0}");
    }

    private static float[] Stream(DecoderBlock block, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Length * block.HiddenSize).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
