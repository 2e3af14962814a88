using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Recipes;
using Dropwise.Testing;

namespace Dropwise.Quantization.Tests.Models;

/// <summary>Whole models quantized with text: the result serves the text better, does not depend on the workers, and recipes are followed.</summary>
public sealed class CalibratedQuantizationTests : IDisposable
{
    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    private readonly TinyModel _model = new();

    [Theory]
    [InlineData("dbd4x8g8h", 2)]
    [InlineData("aq4x4g4", 1)]
    public void The_residual_stream_of_new_text_stays_closer(string format, int level)
    {
        double plain = Drift(Options(format), level), calibrated = Drift(Options(format) with { Calibration = Text() }, level);
        TestContext.Current.TestOutputHelper?.WriteLine($"{format} level {level}: {plain:0.000} -> {calibrated:0.000}");
        Assert.True(calibrated < 0.97 * plain, $"{calibrated} against {plain}");
    }

    [Fact]
    public void The_number_of_workers_leaves_no_trace()
    {
        byte[] one = Bytes(Options("dbd4x8g8") with { Calibration = Text(), Workers = 1 }), three = Bytes(Options("dbd4x8g8") with { Calibration = Text(), Workers = 3 });
        Assert.Equal(one, three);
    }

    [Theory]
    [InlineData("mixtral")]
    [InlineData("qwen3-moe")]
    [InlineData("falcon")]
    [InlineData("gemma2")]
    public void Every_family_is_calibrated(string family)
    {
        using ModelFolder source = ModelFolder.Open(TestData.Find($"models/golden/{family}"));
        var random = new Random(1);
        ImmutableArray<ImmutableArray<int>> windows =
            [.. Enumerable.Range(0, 9).Select(_ => Enumerable.Range(0, 32).Select(_ => random.Next(source.Config.VocabularySize)).ToImmutableArray())];
        var options = Options("dbd4x8g8") with { Calibration = new CalibrationOptions { Windows = windows } };
        _model.Open().Dispose();
        ModelSummary summary = ModelQuantizer.Quantize(source, _model.Output, options, null, TestContext.Current.CancellationToken);
        Assert.All(summary.Tensors, static tensor => Assert.InRange(tensor.RelativeError[^1], 0, 0.7));
    }

    [Fact]
    public void A_recipe_mixes_formats_and_serves_blocks_at_their_levels()
    {
        string path = Path.Combine(Path.GetDirectoryName(_model.Output)!, "..", "recipe.json");
        Recipe.Write(path, new RecipeDocument(
            Tensors: [new TensorRule("down_proj", "int8g32"), new TensorRule("layers.0.self_attn", "none"), new TensorRule("_proj", "dbd4x8g8", "ldlq")], Levels: [3, 2]));
        var options = Options("int4g32") with { Format = null, Recipe = Recipe.Read(path, Registry), Calibration = Text() };
        Bytes(options);
        using CheckpointReader checkpoint = CheckpointReader.Open(_model.Output, Registry);
        Assert.Equal("int8g32", checkpoint.Matrices["model.layers.0.mlp.down_proj.weight"].Row.Descriptor.Name);
        Assert.Equal("dbd4x8g8", checkpoint.Matrices["model.layers.1.self_attn.q_proj.weight"].Row.Descriptor.Name);
        Assert.False(checkpoint.Matrices.ContainsKey("model.layers.0.self_attn.q_proj.weight"));
        using Inference.ModelWeights weights = Inference.WeightLoader.Load(CheckpointReader.Open(_model.Output, Registry), [3, 2]);
        Assert.Equal((3, 2), (weights.Layers[0].FeedForward[0].Up.Matrix.Levels, weights.Layers[1].FeedForward[0].Up.Matrix.Levels));
    }

    [Fact]
    public void A_recipe_that_needs_text_says_so()
    {
        string path = Path.Combine(Path.GetDirectoryName(_model.Output)!, "..", "recipe.json");
        Recipe.Write(path, new RecipeDocument(Tensors: [new TensorRule("_proj", "dbd4x8g8", "ldlq")]));
        using ModelFolder source = _model.Open();
        QuantizationException e = Assert.Throws<QuantizationException>(() => ModelQuantizer.Quantize(
            source, _model.Output, Options("int4g32") with { Format = null, Recipe = Recipe.Read(path, Registry) }, null, TestContext.Current.CancellationToken));
        Assert.Contains("needs calibration text", e.Message, StringComparison.Ordinal);
        Assert.Empty(_model.Written());
    }

    [Fact]
    public void Levels_of_another_model_are_refused_before_the_work()
    {
        string path = Path.Combine(Path.GetDirectoryName(_model.Output)!, "..", "recipe.json");
        Recipe.Write(path, new RecipeDocument(Levels: [1, 2, 3]));
        using ModelFolder source = _model.Open();
        ModelFileException e = Assert.Throws<ModelFileException>(() => ModelQuantizer.Quantize(
            source, _model.Output, Options("int4g32") with { Recipe = Recipe.Read(path, Registry) }, null, TestContext.Current.CancellationToken));
        Assert.Contains("levels of 3 blocks, and the model has 2", e.Message, StringComparison.Ordinal);
        Assert.Empty(_model.Written());
    }

    public void Dispose() => _model.Dispose();

    private static CalibrationOptions Text() => new() { Windows = Windows(24, seed: 1) };

    private static ImmutableArray<ImmutableArray<int>> Windows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 48).Select(_ => random.Next(TinyModel.Vocabulary)).ToImmutableArray())];
    }

    private static ModelQuantizationOptions Options(string format) => new() { Format = Registry[format], Additive = new AdditiveOptions { Rounds = 2, BeamWidth = 4, TrainingVectors = 1 << 14 } };

    private byte[] Bytes(ModelQuantizationOptions options)
    {
        using ModelFolder source = _model.Open();
        ModelQuantizer.Quantize(source, _model.Output, options, null, TestContext.Current.CancellationToken);
        return File.ReadAllBytes(_model.Output);
    }

    /// <summary>‖h − h₀‖ / ‖h₀‖ of the residual stream after the last layer, on windows that calibration has not seen.</summary>
    private double Drift(ModelQuantizationOptions options, int level)
    {
        Bytes(options);
        using ModelFolder source = _model.Open();
        using CheckpointReader checkpoint = CheckpointReader.Open(_model.Output, Registry);
        using DecoderBlocks blocks = new(source, 48);
        double error = 0, norm = 0;
        foreach (ImmutableArray<int> window in Windows(12, seed: 2))
        {
            float[] expected = blocks.Embed(window.AsSpan()), actual = [.. expected];
            for (int layer = 0; layer < source.Config.Layers; layer++)
            {
                DecoderBlock block = blocks.Read(layer);
                block.Forward(expected);
                foreach (BlockLinear linear in (IEnumerable<BlockLinear>)[.. block.QueryKeyValue, block.AttentionOutput, .. block.Networks[0].Inputs, block.Networks[0].Down])
                {
                    CanonicalMatrix matrix = checkpoint.ReadCanonical(linear.Tensor.Weight);
                    float[] values = Matrices.Decoded(matrix, level).Values;
                    if (matrix.Transform is { } transform) InputTransforms.UnrotateRows(transform, values);
                    linear.Replace(values);
                }

                block.Forward(actual);
            }

            for (int i = 0; i < actual.Length; i++)
            {
                error += ((double)actual[i] - expected[i]) * (actual[i] - expected[i]);
                norm += (double)expected[i] * expected[i];
            }
        }

        return Math.Sqrt(error / norm);
    }
}
