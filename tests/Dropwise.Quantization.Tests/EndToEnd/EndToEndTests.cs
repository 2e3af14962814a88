using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.Inference.Blocks;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.EndToEnd;
using Dropwise.Quantization.EndToEnd.Codes;
using Dropwise.Quantization.Models;
using Dropwise.Quantization.Models.Journal;
using Dropwise.Quantization.Tests.Models;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.Tests.EndToEnd;

/// <summary>Whole models tuned on the divergence of their predictions: gradients, determinism, and that every level comes closer.</summary>
public sealed class EndToEndTests : IDisposable
{
    private const int Tokens = 24;

    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    private readonly TinyModel _model = new(change: static (name, values) =>
    {
        // Layers that give as much as they take, and predictions that are neither certain nor all the same.
        float factor = name.Contains("embed", StringComparison.Ordinal) ? 0.4f : name.Contains("norm", StringComparison.Ordinal) ? 1 : 0.125f;
        for (int i = 0; i < values.Length; i++) values[i] *= factor;
    });

    [Theory]
    [InlineData("dbd4x8g8", 2)]
    [InlineData("dbd4x8g8h", 3)]
    [InlineData("int3g32", 1)]
    public void Gradients_are_those_of_differences(string format, int level)
    {
        Quantize(format);
        using ModelFolder reference = _model.Open();
        using CheckpointReader source = CheckpointReader.Open(_model.Output, Registry);
        using var blocks = new DecoderBlocks(source, Tokens);
        using var model = new TunedModel(source, blocks, QuantizationRun.Default);
        ImmutableArray<ImmutableArray<int>> windows = RandomWindows(3, 1);
        using ReferenceText text = ReferenceText.Read(reference, windows, blocks.Engine, QuantizationRun.Default);
        using var passes = new ModelPasses(model, blocks, text, 3, 1, Tokens, QuantizationRun.Default, new EngineClock(blocks.Engine));
        (int, ImmutableArray<int>)[] batch = [.. windows.Select(static (window, i) => (i, window))];
        model.Decode(level, QuantizationRun.Default);
        double sum = passes.AddGradients(level, batch, 1);
        foreach (LayerGradients gradients in model.Gradients) gradients.Complete();
        Assert.Equal(Loss(), sum, 1e-5 * sum);
        foreach (TrainedVector vector in model.All)
        {
            double length = Math.Sqrt(vector.Gradient.Sum(static g => (double)g * g));
            double size = Math.Sqrt(vector.Values.Average(static value => (double)value * value));
            if (length == 0) continue;
            float[] centre = [.. vector.Values];
            double At(double step)
            {
                for (int i = 0; i < centre.Length; i++) vector.Values[i] = (float)(centre[i] + (step * vector.Gradient[i] / length));
                return Loss();
            }

            // The direction of the gradient, where the derivative is as large as it can be beside the rounding of float32.
            double reach = 0.02 * size * Math.Sqrt(Math.Min(centre.Length, 64)), derivative = (At(reach) - At(-reach)) / (2 * reach);
            centre.CopyTo(vector.Values, 0);
            Assert.InRange(derivative / length, 0.97, 1.03);
        }

        double Loss()
        {
            model.Decode(level, QuantizationRun.Default);
            return passes.Divergences(batch).Sum();
        }
    }

    [Theory]
    [InlineData("dbd4x8g8", 1e-3, false)]
    [InlineData("dbd4x8g8h", 1e-2, false)]
    [InlineData("dbd4x8g8h", 1e-2, true)]
    public void Every_level_comes_closer_and_workers_leave_no_trace(string format, double rate, bool codes)
    {
        Quantize(format);
        string one = _model.Output + ".one", three = _model.Output + ".three";
        CodeTuningOptions? tuning = codes ? new CodeTuningOptions { TrustRatio = 0.03 } : null;
        ModelTuningResult result = Tune(one, workers: 1, rate, tuning);
        Tune(three, workers: 3, rate, tuning);
        Assert.Equal(File.ReadAllBytes(one), File.ReadAllBytes(three));
        Assert.InRange(new FileInfo(one).Length, new FileInfo(_model.Output).Length - 4096, new FileInfo(_model.Output).Length + 4096);
        Assert.Equal([2, 3, 4], result.Levels);
        double best = result.Checks.Min(check => check.Divergences.Zip(result.Checks[0].Divergences, static (now, before) => now / before).Sum());
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join("; ", result.Checks.Select(static check => string.Join(", ", check.Divergences))));
        Assert.True(best < 0.97 * 3, $"{best}");

        // The file says of itself what the tuning said of it.
        ModelTuningResult again = Tune(_model.Output + ".again", workers: 2, rate, tuning, from: one, steps: 0);
        Assert.Contains(result.Checks, check => check.Divergences.SequenceEqual(again.Checks[0].Divergences));
    }

    [Theory]
    [InlineData("dbd4x8g8h", 0.3)]
    [InlineData("dbd4x8g8h", 0.7)]
    [InlineData("spqr3", 0.7)]
    public void A_run_that_was_stopped_ends_in_the_same_bytes(string format, double stop)
    {
        Quantize(format);
        string whole = _model.Output + ".whole", stopped = _model.Output + ".stopped";
        var codes = new CodeTuningOptions
        {
            Rate = 0.03, Every = 2, FirstDecay = 0.5, Decay = RateDecay.Linear, Pull = 0.1, Choice = GroupChoice.Proportional, Rounding = CodeRounding.Stochastic,
        };
        ModelTuningResult expected = Tune(whole, workers: 2, 1e-2, codes);
        Assert.ThrowsAny<OperationCanceledException>(() => Tune(stopped, workers: 2, 1e-2, codes, stop: stop));
        string folder = PartialOutput.FolderOf(stopped);
        Assert.Equal(stop > 0.4, Directory.Exists(folder));
        if (stop > 0.4) Assert.Contains("--resume", Assert.Throws<ModelFileException>(() => Tune(stopped, workers: 2, 1e-2, codes)).Message, StringComparison.Ordinal);
        ModelTuningResult result = Tune(stopped, workers: 1, 1e-2, codes, resume: true);
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(stopped));
        Assert.Equal(expected.Checks.SelectMany(static check => check.Divergences), result.Checks.SelectMany(static check => check.Divergences));
        Assert.False(Directory.Exists(folder));
    }

    [Fact]
    public void Levels_that_are_not_there_and_other_vocabularies_are_refused()
    {
        Quantize("int4g32");
        using CheckpointReader source = CheckpointReader.Open(_model.Output, Registry);
        using ModelFolder reference = _model.Open();
        EndToEndOptions options = new() { Windows = RandomWindows(2, 1), Levels = [3] };
        Assert.Contains("no level 3", Assert.Throws<QuantizationException>(() => ModelTuner.Tune(source, reference, _model.Output + ".x", options, null, TestContext.Current.CancellationToken)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_model.Output + ".x"));
    }

    public void Dispose() => _model.Dispose();

    private static ImmutableArray<ImmutableArray<int>> RandomWindows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, Tokens).Select(_ => random.Next(TinyModel.Vocabulary)).ToImmutableArray())];
    }

    private void Quantize(string format)
    {
        using ModelFolder source = _model.Open();
        var options = new ModelQuantizationOptions { Format = Registry[format], Additive = new AdditiveOptions { Rounds = 1, BeamWidth = 2, TrainingVectors = 4096 } };
        ModelQuantizer.Quantize(source, _model.Output, options, null, TestContext.Current.CancellationToken);
    }

    private ModelTuningResult Tune(string output, int workers, double rate, CodeTuningOptions? codes, string? from = null, int steps = 24, double stop = 2, bool resume = false)
    {
        using CheckpointReader source = CheckpointReader.Open(from ?? _model.Output, Registry);
        using ModelFolder reference = _model.Open();
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var options = new EndToEndOptions { Windows = RandomWindows(40, 1), Steps = steps, Batch = 3, Checks = 3, Workers = workers, Rate = rate, Codes = codes, Resume = resume };
        return ModelTuner.Tune(source, reference, output, options, Watch, stopping.Token);

        void Watch(double fraction)
        {
            if (fraction >= stop) stopping.Cancel();
        }
    }
}
