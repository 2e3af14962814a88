using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Rounding;
using Dropwise.Quantization.Tests.Models;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Tests.Tuning;

/// <summary>A small layer, quantized without a look at its input, and tuned.</summary>
public sealed class BlockTunerTests(ITestOutputHelper output) : IDisposable
{
    private const int Windows = 16;
    private const int Tokens = 48;

    // Rows of unit length: a layer whose scores are in the hundreds follows nothing.
    private readonly TinyModel _model = new(change: static (_, values) =>
    {
        for (int i = 0; i < values.Length && values.Length > TinyModel.Hidden; i++) values[i] *= 0.125f;
    });

    private readonly float[][] _inputs = [.. Enumerable.Range(0, Windows).Select(static window => Matrices.Gaussian(Tokens, TinyModel.Hidden, 100 + window).Values)];

    [Fact]
    public void Every_served_level_of_a_nested_layer_comes_closer_on_text_that_was_held_out()
    {
        (BlockTuningResult result, _) = Tune(TestFormats.Additive(3, 4, 8, nested: true), [2, 3], 2, steps: 100);
        output.WriteLine($"{string.Join(' ', result.Before.Select(e => $"{e:0.0000}"))} to {string.Join(' ', result.After.Select(e => $"{e:0.0000}"))}");
        for (int level = 0; level < 2; level++) Assert.True(result.After[level] < 0.96 * result.Before[level], $"level {level + 2}");
    }

    [Fact]
    public void Scales_of_groups_and_norms_are_enough_to_come_closer()
    {
        (BlockTuningResult result, DecoderBlock block) = Tune(TestFormats.Uniform(3, 32, ZeroPoint.Rescale), [1], 2);
        output.WriteLine($"{result.Before[0]:0.0000} to {result.After[0]:0.0000}");
        Assert.True(result.After[0] < 0.95 * result.Before[0]);
        using var blocks = Blocks();
        Assert.NotEqual(blocks.Read(0).Norms[0].Weight, block.Norms[0].Weight);
    }

    [Fact]
    public void The_result_does_not_depend_on_the_number_of_workers()
    {
        FormatDescriptor format = TestFormats.Additive(2, 4, 8, nested: true, ScalarType.Int8);
        (BlockTuningResult one, DecoderBlock first) = Tune(format, [1, 2], 1);
        (BlockTuningResult three, DecoderBlock second) = Tune(format, [1, 2], 3);
        Assert.Equal(one.After, three.After);
        for (int i = 0; i < one.Matrices.Length; i++)
        {
            Assert.Equal(one.Matrices[i]!.RowScales, three.Matrices[i]!.RowScales);
            Assert.Equal(one.Matrices[i]!.Codebooks!.Values, three.Matrices[i]!.Codebooks!.Values);
            Assert.All(three.Matrices[i]!.Codebooks!.Values, static value => Assert.Equal(MathF.Round(value), value));
        }

        for (int i = 0; i < first.Norms.Length; i++) Assert.Equal(first.Norms[i].Weight, second.Norms[i].Weight);
    }

    [Fact]
    public void A_rate_that_ruins_the_layer_leaves_it_as_it_was()
    {
        FormatDescriptor format = TestFormats.Additive(2, 4, 8, nested: true);
        (BlockTuningResult result, DecoderBlock block) = Tune(format, [1, 2], 2, rate: 30);
        Assert.Equal(result.Before, result.After);
        using DecoderBlocks blocks = Blocks();
        Assert.Equal(blocks.Read(0).Norms[0].Weight, block.Norms[0].Weight);
    }

    public void Dispose() => _model.Dispose();

    private DecoderBlocks Blocks() => new(_model.Open(), Tokens);

    private (BlockTuningResult Result, DecoderBlock Block) Tune(FormatDescriptor format, int[] levels, int workers, double rate = 1e-2, int steps = 40)
    {
        using DecoderBlocks blocks = Blocks();
        DecoderBlock block = blocks.Read(0);
        IMatrixQuantizer quantizer = format.Kind == CodeKind.Additive ? new AdditiveQuantizer(format, new AdditiveOptions { Rounds = 3, LevelWeights = LevelWeights.Uniform }) : new RtnQuantizer(format);
        CanonicalMatrix[] matrices =
            [.. block.Linears.Select(linear => quantizer.Quantize(new FloatMatrix(linear.Tensor.Rows, linear.Tensor.Columns, linear.Weight), QuantizationRun.Default))];
        float[][] targets = [.. _inputs.Select(static window => (float[])[.. window])];
        foreach (float[] window in targets) block.Forward(window);
        ImmutableArray<TunedLevel> served = [.. levels.Select(level => new TunedLevel(level, 1, _inputs))];
        return (BlockTuner.Tune(block, matrices, served, targets, new BlockTuningOptions { Steps = steps, Rate = rate }, new QuantizationRun(workers)), block);
    }
}
