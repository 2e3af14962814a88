using System.Collections.Immutable;
using Dropwise.Inference.Blocks;

namespace Dropwise.Quantization.Tuning;

/// <summary>
/// Trains what a quantized layer has beside its codes, so that the layer as a whole gives what the unquantized one gives: codebooks, scales, norms and
/// biases, by the error of its output at all served levels together, Σ_l λ_l Σ_t ‖block_l(X_l) − Y‖²_t / ‖Y_t‖² / D_l, D_l being the level's error before: otherwise
/// the lowest level, whose error is ten times that of the highest, would decide alone. It is AQLM's fine-tuning of blocks (arXiv 2401.06118), which
/// Drop-by-Drop leaves at the highest level: prefixes of the same codebooks are all in the sum here.
/// </summary>
public sealed class BlockTuner : IDisposable
{
    // Of the targets' mean square: float32 has no more digits of a sum than that.
    private const double SmallestError = 1e-12;

    private readonly ImmutableArray<TunedLevel> _levels;
    private readonly float[][] _targets;
    private readonly BlockTuningOptions _options;
    private readonly QuantizationRun _run;
    private readonly TunedLayer _layer;
    private readonly LayerGradients _gradients;
    private readonly BlockPass[] _passes;
    private readonly float[][] _differences;
    private readonly double[] _weights;
    private readonly float[][] _sizes;
    private readonly int _kept;

    private BlockTuner(
        DecoderBlock block, IReadOnlyList<CanonicalMatrix?> matrices, ImmutableArray<TunedLevel> levels, float[][] targets, BlockTuningOptions options, QuantizationRun run)
    {
        (_levels, _targets, _options, _run) = (levels, targets, options, run);
        _layer = new TunedLayer(block, matrices);
        _weights = new double[levels.Length];
        _gradients = new LayerGradients(_layer);

        // A text of one window is all there is to train on and to look at.
        _kept = Math.Max(1, targets.Length - Math.Max(1, targets.Length / options.HeldOutOf));
        _passes = [.. Enumerable.Range(0, Math.Min(options.Batch, targets.Length)).Select(_ => new BlockPass(_layer.Block))];
        _differences = [.. _passes.Select(static _ => Array.Empty<float>())];
        _sizes = [.. targets.Select(window => window.Chunk(block.HiddenSize).Select(RootMeanSquare).ToArray())];
    }

    /// <summary>Tunes a layer.</summary>
    /// <param name="block">The unquantized layer; its norms and biases become the tuned ones.</param>
    /// <param name="matrices">What each of <see cref="DecoderBlock.Linears"/> was quantized to, or null; left as they are.</param>
    /// <param name="levels">The served levels and the windows that reach the layer at each.</param>
    /// <param name="targets">The residual stream that the unquantized model has after the layer, of the same windows [tokens, hidden].</param>
    /// <param name="options">How long and how fast.</param>
    /// <param name="run">Workers, cancellation, progress; the result does not depend on the number of workers.</param>
    /// <returns>The best state on windows that were held out, which may be the first.</returns>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public static BlockTuningResult Tune(
        DecoderBlock block, IReadOnlyList<CanonicalMatrix?> matrices, ImmutableArray<TunedLevel> levels, float[][] targets, BlockTuningOptions options, QuantizationRun run)
    {
        using var tuner = new BlockTuner(block, matrices, levels, targets, options, run);
        return tuner.Tune();
    }

    /// <summary>Frees what an engine holds of the layer.</summary>
    public void Dispose()
    {
        foreach (BlockPass pass in _passes) pass.Dispose();
        _layer.Dispose();
    }

    private BlockTuningResult Tune()
    {
        TunedState best = _layer.Store();
        double[] before = HeldOut(best), least = before;
        for (int i = 0; i < _weights.Length; i++) _weights[i] = _levels[i].Weight / Math.Max(before[i], SmallestError);
        var windows = new WindowOrder(_kept, _options.Seed);
        int interval = Math.Max(1, _options.Steps / Math.Max(1, _options.Checks));
        for (int step = 1; step <= _options.Steps; step++)
        {
            _run.Cancellation.ThrowIfCancellationRequested();
            Step(windows.Next(Math.Min(_passes.Length, _kept)), step);
            _run.Report((double)step / _options.Steps);
            if (step % interval != 0 && step != _options.Steps) continue;
            TunedState state = _layer.Store();
            double[] errors = HeldOut(state);
            if (!(Sum(errors) < Sum(least))) continue;
            (best, least) = (state, errors);
        }

        _layer.Restore(best);
        return new BlockTuningResult([.. best.Matrices], before, least);
    }

    private void Step(int[] windows, int number)
    {
        for (int i = 0; i < _levels.Length; i++)
        {
            TunedLevel level = _levels[i];
            double weight = _weights[i];
            _layer.Decode(level.Level, _run);
            _run.ForEach(_layer.Block.Engine, windows.Length, slot =>
            {
                float[] gradient = Gradient(slot, level, windows[slot], weight);
                _passes[slot].Backward(gradient);
            });
            _gradients.Add(level.Level, _passes.AsMemory(0, windows.Length), _run);
        }

        _gradients.Complete();
        double rate = _options.Rate * 0.5 * (1 + Math.Cos(Math.PI * (number - 1) / _options.Steps));
        foreach (TrainedVector vector in _layer.All) vector.Step(_options.FirstDecay, _options.SecondDecay, rate, number);
    }

    /// <summary>
    /// A window's output less its target, each token in parts of its target's size, because every norm that reads the stream afterwards divides by
    /// about that: the error of a few long vectors would be most of the sum, and means the least.
    /// </summary>
    private float[] Difference(int slot, TunedLevel level, int window)
    {
        _passes[slot].Forward(level.Inputs[window]);
        ReadOnlySpan<float> target = _targets[window];
        if (_differences[slot].Length != target.Length) _differences[slot] = new float[target.Length];
        float[] difference = _differences[slot];
        _passes[slot].ReadOutput(difference);
        for (int i = 0; i < difference.Length; i++) difference[i] = (difference[i] - target[i]) / SizeOf(window, i);
        return difference;
    }

    // The gradient of the squared differences, but for a factor of all levels.
    private float[] Gradient(int slot, TunedLevel level, int window, double weight)
    {
        float[] difference = Difference(slot, level, window);
        for (int i = 0; i < difference.Length; i++) difference[i] *= (float)weight / SizeOf(window, i);
        return difference;
    }

    private float SizeOf(int window, int element) => _sizes[window][element / _layer.Block.HiddenSize];

    private static float RootMeanSquare(float[] vector)
    {
        double square = vector.Average(static value => (double)value * value);
        return square == 0 ? 1 : (float)Math.Sqrt(square);
    }

    /// <summary>The mean squared error of each level on windows that are not trained on, as the layer would be stored.</summary>
    private double[] HeldOut(TunedState state)
    {
        int first = _kept == _targets.Length ? 0 : _kept, count = _targets.Length - first;
        var errors = new double[_levels.Length];
        for (int i = 0; i < errors.Length; i++)
        {
            TunedLevel level = _levels[i];
            _layer.Decode(state, level.Level, _run);
            var sums = new double[count];
            for (int start = 0; start < count; start += _passes.Length)
            {
                int begin = start;
                _run.ForEach(_layer.Block.Engine, Math.Min(_passes.Length, count - start), slot =>
                    sums[begin + slot] = Difference(slot, level, first + begin + slot).Sum(static value => (double)value * value));
            }

            errors[i] = sums.Sum() / _targets.Skip(first).Sum(static window => (double)window.Length);
        }

        return errors;
    }

    private double Sum(double[] errors) => errors.Zip(_weights, static (error, weight) => error * weight).Sum();
}
