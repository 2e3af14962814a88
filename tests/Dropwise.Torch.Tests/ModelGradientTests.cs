using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.EndToEnd;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Tuning;
using Dropwise.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Dropwise.Torch.Tests;

/// <summary>Gradients of KL(reference ‖ model) through whole quantized models against PyTorch's autograd in float64, for every kind of parameter that is tuned.</summary>
public sealed class ModelGradientTests(ITestOutputHelper output) : IDisposable
{
    private const int Tokens = 40;

    // Of a gradient's length. Ours are float32, and begin with differences of predictions that agree in a digit or two.
    private const double Tolerance = 1e-4;

    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-torch-").FullName;

    [Theory]
    [InlineData("llama", "dbd4x8g8", 2)]
    [InlineData("llama", "dbd4x8g8h", 3)]
    [InlineData("llama", "q4_1", 1)]
    [InlineData("gemma2", "dbd4x8g8h", 2)]
    public void Gradients_of_the_divergence_are_those_of_autograd(string family, string format, int level)
    {
        TorchValues.RequireLibrary();
        var registry = new FormatRegistry(FormatTable.Rows);
        string path = Path.Combine(_folder, "quantized");
        using ModelFolder reference = ModelFolder.Open(TestData.Find($"models/golden/{family}"));
        var quantization = new ModelQuantizationOptions { Format = registry[format], Additive = new AdditiveOptions { Rounds = 1, BeamWidth = 2, TrainingVectors = 4096 } };
        ModelQuantizer.Quantize(reference, path, quantization, null, TestContext.Current.CancellationToken);
        using CheckpointReader source = CheckpointReader.Open(path, registry);
        using var blocks = new DecoderBlocks(source, Tokens);
        using var model = new TunedModel(source, blocks, QuantizationRun.Default);
        var random = new Random(1);
        ImmutableArray<ImmutableArray<int>> windows = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, Tokens).Select(_ => random.Next(source.Config.VocabularySize)).ToImmutableArray())];

        model.Decode(level, QuantizationRun.Default);
        using ReferenceText text = ReferenceText.Read(reference, windows, blocks.Engine, QuantizationRun.Default);
        using var passes = new ModelPasses(model, blocks, text, windows.Length, 1, Tokens, QuantizationRun.Default, new EngineClock(blocks.Engine));
        double divergence = passes.AddGradients(level, [.. windows.Select(static (window, i) => (i, window))], 1);
        foreach (LayerGradients gradients in model.Gradients) gradients.Complete();

        using var whole = new DecoderBlocks(reference, Tokens);
        var wanted = new TorchModel(whole);
        var torch = new TorchModel(blocks, model, level);
        Tensor loss = windows.Select(window => torch.Divergence(wanted, window)).Aggregate(static (sum, term) => sum + term);
        loss.backward();
        Assert.Equal(loss.item<double>(), divergence, 1e-4 * divergence);
        Compare("last norm", torch.FinalNormGradient, model.All.Last());
        for (int layer = 0; layer < model.Layers.Length; layer++)
        {
            TunedLayer tuned = model.Layers[layer];
            foreach ((int i, double[] norm) in torch.Layers[layer].NormGradients.Index()) Compare($"{layer} norm {i}", norm, tuned.Norms[i].Weight);
            for (int i = 0; i < tuned.Matrices.Length; i++)
            {
                IReadOnlyList<TrainedVector> vectors = tuned.Matrices[i]!.Vectors;
                Tensor[] parameters = [.. torch.Matrices[layer][i].Parameters];
                Assert.Equal(parameters.Length, vectors.Count);
                for (int kind = 0; kind < parameters.Length; kind++)
                    Compare($"{layer} {tuned.Block.Linears[i].Tensor.Weight} {kind}", TorchValues.Gradient(parameters[kind]), vectors[kind]);
            }
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private void Compare(string name, double[] expected, TrainedVector actual)
    {
        double error = TorchValues.Error(expected, actual.Gradient);
        output.WriteLine($"{name}: {error:0.0e+0}");
        Assert.True(error < Tolerance, $"{name}: {error:0.0e+0}");
    }
}
