using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.Inference;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Planning;
using Dropwise.Quantization.Planning.Sensitivity;
using Dropwise.Quantization.Recipes;
using Dropwise.Quantization.Tests.Models;
using Dropwise.Testing;

namespace Dropwise.Quantization.Tests.Planning;

/// <summary>Measured costs against models that really are what is measured.</summary>
public sealed class PlanMeasurementTests : IDisposable
{
    private const int Tokens = 24;

    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    private readonly TinyModel _model = new(change: static (name, values) =>
    {
        // Layers that give as much as they take, and predictions that are neither certain nor all the same.
        float factor = name.Contains("embed", StringComparison.Ordinal) ? 0.4f : name.Contains("norm", StringComparison.Ordinal) ? 1 : 0.125f;
        for (int i = 0; i < values.Length; i++) values[i] *= factor;
    });

    public void Dispose() => _model.Dispose();

    [Fact]
    public void A_format_costs_what_a_file_with_one_block_of_it_costs()
    {
        using ModelFolder model = _model.Open();
        BlockTiers tiers = BlockTiers.OfFormats(model, [Registry["int4g32"], Registry["int2g32"]]);
        MeasuredPlan measured = Measure(model, model, tiers, Options(tiers, 4));
        for (int block = 0; block < 2; block++)
        {
            for (int tier = 0; tier < 2; tier++)
            {
                string recipe = Path.Combine(Path.GetDirectoryName(_model.Output)!, "recipe.json");
                Recipe.Write(recipe, new RecipeDocument(Tensors: [new TensorRule($"layers\\.{block}\\.", tiers.Tiers[tier].Name)]));
                ModelQuantizer.Quantize(model, _model.Output, new ModelQuantizationOptions { Recipe = Recipe.Read(recipe, Registry) }, null, TestContext.Current.CancellationToken);
                double expected = Divergence(ModelSource.OpenAny(_model.Output, Registry), null, evenWindows: true);
                Assert.Equal(expected, measured.Costs[block][tier], 2e-3 * expected);
            }
        }
    }

    [Theory]
    [InlineData("dbd4x8g8")]
    [InlineData("dbd4x8g8h")]
    public void A_level_costs_what_serving_one_block_at_it_costs(string format)
    {
        Quantize(format);
        using ModelFolder reference = _model.Open();
        using ModelSource nested = ModelSource.OpenAny(_model.Output, Registry);
        BlockTiers tiers = BlockTiers.OfLevels(nested, 2);
        MeasuredPlan measured = Measure(nested, reference, tiers, Options(tiers, bits: 0.5 * (tiers.BitsPerWeight([1, 1]) + tiers.BitsPerWeight([0, 1]))));
        for (int block = 0; block < 2; block++)
        {
            for (int tier = 0; tier < 3; tier++)
            {
                int[] levels = [3, 3];
                levels[block] = tiers.Tiers[tier].Level!.Value;
                double expected = Divergence(ModelSource.OpenAny(_model.Output, Registry), [.. levels], evenWindows: true);
                Assert.Equal(expected, measured.Costs[block][tier], 2e-3 * expected);
            }
        }

        foreach (PlanCandidate candidate in measured.Candidates)
        {
            double expected = Divergence(ModelSource.OpenAny(_model.Output, Registry), [.. candidate.Plan.Select(tier => tiers.Tiers[tier].Level!.Value)], evenWindows: false);
            Assert.Equal(expected, candidate.Divergence, 2e-3 * expected);
        }

        Assert.Contains(measured.Candidates, candidate => candidate.Plan.SequenceEqual(measured.Plan) && candidate.Difference is { Mean: 0, StandardError: 0 });
    }

    [Fact]
    public void A_file_is_its_own_reference_at_its_highest_level()
    {
        Quantize("dbd4x8g8h");
        using ModelSource nested = ModelSource.OpenAny(_model.Output, Registry);
        BlockTiers tiers = BlockTiers.OfLevels(nested, 2);
        MeasuredPlan measured = Measure(nested, nested, tiers, Options(tiers, 9));
        Assert.Equal([0, 0], measured.Plan);
        Assert.All(measured.Costs, costs => Assert.Equal(0, costs[0], 1e-6));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Moments_weigh_errors_as_the_inputs_of_each_matrix_do(int workers)
    {
        using ModelFolder model = _model.Open();
        BlockTiers tiers = BlockTiers.OfFormats(model, [null, Registry["int3g32"]]);
        MeasuredPlan measured = Measure(model, model, tiers, Options(tiers, 5) with { ByMoments = true, Workers = workers });
        Assert.Empty(measured.Candidates);
        Assert.Equal(0, measured.Costs[0][0]);
        Assert.Equal(0, measured.Costs[1][0]);
        Assert.Equal([1, 1], measured.Plan);
        Quantize("int3g32");
        double expected = OutputErrors(model, block: 1);
        Assert.Equal(expected, measured.Costs[1][1], 1e-3 * expected);
    }

    [Fact]
    public void Plans_are_judged_on_windows_that_costs_were_not_measured_on()
    {
        using ModelFolder model = _model.Open();
        PlanMeasurementOptions options = Options(BlockTiers.OfFormats(model, [null]), 16);
        Assert.Empty(options.Judging.Intersect(options.Costing));
        Assert.Equal(options.Windows.Length, options.Judging.Union(options.Costing).Count());
        PlanMeasurementOptions few = options with { Windows = options.Windows[..3] };
        Assert.Equal(few.Judging, few.Costing);
        Assert.Equal((true, false), (options.HoldsOut, few.HoldsOut));
    }

    [Fact]
    public void A_difference_counts_where_chance_does_not_explain_it()
    {
        PairedDifference clear = PairedDifference.Of([1.0, 2.0, 3.0, 4.0], [1.1, 2.12, 3.09, 4.1]);
        Assert.Equal(-0.1025, clear.Mean, 1e-12);
        Assert.Equal(0.0062915, clear.StandardError, 1e-7);
        Assert.True(clear.IsBetter);
        Assert.False(PairedDifference.Of([1.1, 2.12, 3.09, 4.1], [1.0, 2.0, 3.0, 4.0]).IsBetter);
        Assert.False(PairedDifference.Of([1.0, 2.0, 3.0, 4.0], [1.5, 1.6, 3.5, 3.7]).IsBetter);
        Assert.False(PairedDifference.Of([1.0, 2.0], [1.0, 2.0]).IsBetter);
    }

    [Fact]
    public void Few_windows_have_to_differ_clearly_and_one_says_nothing()
    {
        PairedDifference one = PairedDifference.Of([1.0], [1.5]);
        Assert.Equal((-0.5, double.PositiveInfinity, false), (one.Mean, one.StandardError, one.IsBetter));

        // Two standard errors are 5 % for many windows; two windows want 12.7 of them, five 2.78.
        foreach ((int windows, double errors) in ((int, double)[])[(2, 12.706), (5, 2.776), (16, 2.131), (31, 2.042), (1000, 2)])
        {
            Assert.False(new PairedDifference(-0.99 * errors, 1, windows).IsBetter);
            Assert.True(new PairedDifference(-1.01 * errors, 1, windows).IsBetter);
        }
    }

    [Fact]
    public void Experts_count_by_how_many_tokens_they_get()
    {
        // Windows are independent, so that a text costs the mean of its halves; not so where what an expert loses is divided by the tokens that it gets.
        using ModelFolder model = ModelFolder.Open(TestData.Find("models/golden/mixtral"));
        BlockTiers tiers = BlockTiers.OfFormats(model, [null, Registry["int2g32"]]);
        var random = new Random(3);
        ImmutableArray<ImmutableArray<int>> windows = [.. Enumerable.Range(0, 2).Select(_ => Enumerable.Range(0, 12).Select(_ => random.Next(model.Config.VocabularySize)).ToImmutableArray())];
        PlanMeasurementOptions options = Options(tiers, 16) with { ByMoments = true, Windows = windows };
        MeasuredPlan whole = Measure(model, model, tiers, options);
        MeasuredPlan first = Measure(model, model, tiers, options with { Windows = windows[..1] }), second = Measure(model, model, tiers, options with { Windows = windows[1..] });
        for (int block = 0; block < tiers.Blocks; block++)
        {
            double expected = (first.Costs[block][1] + second.Costs[block][1]) / 2;
            Assert.Equal(expected, whole.Costs[block][1], 1e-4 * expected);
        }
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        string folder = Path.Combine(Path.GetDirectoryName(_model.Output)!, "formats");
        bool wasThere = false;
        using ModelFolder model = _model.Open();
        BlockTiers tiers = BlockTiers.OfFormats(model, [Registry["int8g32"], Registry["int4g32"]]);
        using var stopping = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => PlanMeasurement.Of(model, model, tiers, Options(tiers, 6) with { NewFolder = () => Directory.CreateDirectory(folder) }, fraction =>
        {
            wasThere |= File.Exists(Path.Combine(folder, "int8g32.safetensors"));
            if (fraction > 0.5) stopping.Cancel();
        }, stopping.Token));
        Assert.True(wasThere);
        Assert.Empty(_model.Written());
    }

    private static MeasuredPlan Measure(ModelSource model, ModelSource reference, BlockTiers tiers, PlanMeasurementOptions options) =>
        PlanMeasurement.Of(model, reference, tiers, options, null, TestContext.Current.CancellationToken);

    private void Quantize(string format)
    {
        using ModelFolder source = _model.Open();
        var options = new ModelQuantizationOptions { Format = Registry[format], Additive = new AdditiveOptions { Rounds = 1, BeamWidth = 2, TrainingVectors = 4096 } };
        ModelQuantizer.Quantize(source, _model.Output, options, null, TestContext.Current.CancellationToken);
    }

    private static PlanMeasurementOptions Options(BlockTiers tiers, double bits) => new()
    {
        Windows = Windows(),
        Budget = (long)(bits * tiers.Weights.Sum()),
        Workers = 2,
    };

    private static ImmutableArray<ImmutableArray<int>> Windows()
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, 6).Select(_ => Enumerable.Range(0, Tokens).Select(_ => random.Next(TinyModel.Vocabulary)).ToImmutableArray())];
    }

    /// <summary>The mean divergence over all tokens of every second window, by the engine that runs models.</summary>
    private double Divergence(ModelSource source, ImmutableArray<int>? levels, bool evenWindows)
    {
        using ModelWeights weights = WeightLoader.Load(source, levels), originals = WeightLoader.Load(_model.Open());
        using var team = new WorkerTeam(1);
        var options = new SessionOptions { Context = Tokens, Precision = Precision.Exact };
        using Session session = new CpuSession(weights, team, options with { Level = weights.Levels }), reference = new CpuSession(originals, team, options);
        var token = new TokenDivergence(TinyModel.Vocabulary);
        double sum = 0;
        int count = 0;
        foreach (ImmutableArray<int> window in Windows().Where((_, index) => index % 2 == (evenWindows ? 0 : 1)))
        {
            session.Rewind();
            reference.Rewind();
            foreach (int id in window)
            {
                session.Append([id]);
                reference.Append([id]);
                token.Compare(session.Logits, reference.Logits, 0);
                sum += token.Divergence;
                count++;
            }
        }

        return sum / count;
    }

    /// <summary>The mean of ‖ΔW x‖² over the tokens of all windows, summed over the matrices of a block.</summary>
    private unsafe double OutputErrors(ModelSource model, int block)
    {
        using ModelSource quantized = ModelSource.OpenAny(_model.Output, Registry);
        using var blocks = new DecoderBlocks(model, Tokens);
        using var others = new DecoderBlocks(quantized, Tokens);
        using DecoderBlock other = others.Read(block);
        double sum = 0;
        foreach (ImmutableArray<int> window in Windows())
        {
            float[] residual = blocks.Embed(window.AsSpan());
            for (int before = 0; before < block; before++)
            {
                using DecoderBlock read = blocks.Read(before);
                read.Forward(residual);
            }

            using DecoderBlock own = blocks.Read(block);
            var batch = new TokenBatch(1, Tokens);
            float[] normed = new float[residual.Length], attended = new float[Tokens * own.AttendedSize], inner = new float[Tokens * TinyModel.Inner];
            fixed (float* stream = residual, input = normed, heads = attended, down = inner)
            {
                own.AttentionInput(stream, batch, input);
                for (int i = 0; i < 3; i++) sum += Error(own.Linears[i], other.Linears[i], normed);
                own.Attend(input, batch, heads);
                sum += Error(own.Linears[3], other.Linears[3], attended);
                own.FeedForwardInput(heads, batch, stream, input);
                for (int i = 4; i < 6; i++) sum += Error(own.Linears[i], other.Linears[i], normed);
                own.Networks[0].Inner(own.Engine, new FloatView(input, Tokens, TinyModel.Hidden), new FloatView(down, Tokens, TinyModel.Inner));
                sum += Error(own.Linears[6], other.Linears[6], inner);
            }
        }

        return sum / (Windows().Length * Tokens);
    }

    private static double Error(BlockLinear own, BlockLinear other, float[] inputs)
    {
        int columns = own.Tensor.Columns;
        double sum = 0;
        for (int token = 0; token < inputs.Length / columns; token++)
        {
            for (int row = 0; row < own.Tensor.Rows; row++)
            {
                double error = 0;
                for (int k = 0; k < columns; k++) error += ((double)own.Weight[(row * columns) + k] - other.Weight[(row * columns) + k]) * inputs[(token * columns) + k];
                sum += error * error;
            }
        }

        return sum;
    }
}
