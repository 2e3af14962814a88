using System.Collections.Immutable;
using Dropwise.Inference.Blocks;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.EndToEnd.Codes;
using Dropwise.Quantization.Tuning;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>
/// Trains a quantized model on KL(reference ‖ model), the divergence of its predictions, at all served levels together: codebooks, scales, norms and biases (the P step of
/// PV-Tuning, arXiv 2405.14852) and codes (its V step); nobody has published it for nested levels. The loss is Σ_l KL_l / D_l^b, D_l being the level's divergence before and b the balance. States are chosen on windows that are not trained on.
/// </summary>
internal sealed class EndToEndTuner
{
    // Float32 predictions have no more digits of a divergence than that.
    private const double SmallestDivergence = 1e-9;

    // As many as calibration takes by default: some twenty for each input of the widest maps of a small model.
    private const int TokensOfMoments = 1 << 15;

    private readonly TunedModel _model;
    private readonly ModelPasses _passes;
    private readonly EndToEndOptions _options;
    private readonly TuningJournal _journal;
    private readonly QuantizationRun _run;
    private readonly EngineClock _clock;
    private readonly double[] _weights;
    private readonly double[] _trained;
    private readonly int _kept;
    private int _windows;

    /// <summary>Prepares to tune.</summary>
    /// <param name="model">The model.</param>
    /// <param name="passes">Ways through it.</param>
    /// <param name="options">How long and how fast, with levels.</param>
    /// <param name="journal">What is kept in case that the run is stopped.</param>
    /// <param name="run">Workers, cancellation, progress.</param>
    /// <param name="clock">Times the stages.</param>
    public EndToEndTuner(TunedModel model, ModelPasses passes, EndToEndOptions options, TuningJournal journal, QuantizationRun run, EngineClock clock)
    {
        (_model, _passes, _options, _journal, _run, _clock) = (model, passes, options, journal, run, clock);
        _weights = new double[options.Levels.Length];
        _trained = new double[options.Levels.Length];

        // A text of one window is all there is to train on and to look at.
        int count = options.Windows.Length, held = Math.Min(Math.Max(1, count / options.HeldOutOf), options.MostHeldOut);
        _kept = Math.Max(1, count - held);
    }

    /// <summary>Tunes.</summary>
    /// <returns>The best state on windows that were held out, which may be the first, and how divergences went.</returns>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public (TunedModelState State, ImmutableArray<TuningCheck> Checks) Tune()
    {
        // Of the model as it was before the first step, also where a run is gone on with: the same moments as before the stop.
        if (_model.ReadsMoments) Measure();
        TuningProgress? begun = _journal.Load();
        TunedModelState best = begun?.Best ?? _model.Store();
        List<TuningCheck> checks = begun is null ? [new TuningCheck(0, [.. HeldOut(best)], [])] : [.. begun.Checks];
        for (int i = 0; i < _weights.Length; i++) _weights[i] = Math.Pow(Math.Max(checks[0].Divergences[i], SmallestDivergence), -_options.Balance);
        double least = checks.Min(check => Sum([.. check.Divergences]));
        var windows = new WindowOrder(_kept, _options.Seed);
        for (int i = 0; i < checks[^1].Step * _options.Levels.Length; i++) windows.Next(Batch);
        int interval = Interval();
        for (int step = checks[^1].Step + 1; step <= _options.Steps; step++)
        {
            _run.Cancellation.ThrowIfCancellationRequested();
            Step(windows, step);
            _run.Report((double)step / _options.Steps);
            if (step % interval != 0 && step != _options.Steps) continue;
            TunedModelState state = Store();
            double[] divergences = HeldOut(state);
            checks.Add(new TuningCheck(step, [.. divergences], Trained()));
            if (Sum(divergences) < least) (best, least) = (state, Sum(divergences));
            using (_clock.In("journal")) _journal.Save(new TuningProgress(best, [.. checks]));
        }

        _model.Restore(best);
        return (best, [.. checks]);
    }

    private void Measure()
    {
        using EngineClock.Visit stage = _clock.In("moments");
        int count = Math.Clamp(TokensOfMoments / Math.Max(1, _options.Windows[0].Length), 1, _kept);
        (int, ImmutableArray<int>)[] windows = [.. Enumerable.Range(0, count).Select(window => (window, _options.Windows[window]))];
        IInputProducts products = _options.Device is { } device ? new CudaInputProducts(device) : new InputProducts(_run);
        _model.Decode(_options.Levels[^1], _run);
        _model.Measure(_passes.Moments(windows, products), products, _options.Device, _run);
    }

    private TunedModelState Store()
    {
        using EngineClock.Visit stage = _clock.In("held out");
        return _model.Store();
    }

    // Looks come after V steps: what gradients for codes have summed up until the next one is not kept.
    private int Interval()
    {
        int every = _options.Codes?.Every ?? 1, interval = Math.Max(1, _options.Steps / Math.Max(1, _options.Checks));
        return (interval + every - 1) / every * every;
    }

    private int Batch => Math.Min(_options.Batch, _kept);

    private void Step(WindowOrder windows, int number)
    {
        AddGradients(windows);
        double progress = (number - 1.0) / _options.Steps, rate = _options.Rate * RateDecay.Cosine.At(progress);
        using (_clock.In("values"))
        {
            foreach (LayerGradients gradients in _model.Gradients) gradients.Complete();
            TrainedVector[] vectors = [.. _model.All];
            _run.ForPieces(vectors.Length, 1, (index, _) => vectors[index].Step(_options.FirstDecay, _options.SecondDecay, rate, number, _options.Optimizer));
        }

        // After the values, so that codes are the nearest to what they will be read with.
        if (_options.Codes is not { } codes || number % codes.Every != 0) return;
        using EngineClock.Visit stage = _clock.In("codes");
        double way = codes.Rate * codes.Decay.At((double)(number - codes.Every) / _options.Steps);
        _model.StepCodes(new CodeStep(number / codes.Every, way, [.. _options.Levels], Array.ConvertAll(_weights, static weight => (float)weight)), _options.Seed, _run);
    }

    private void AddGradients(WindowOrder windows)
    {
        // What is measured is not rounded, also after a stop; gradients of a few windows are noise beyond a digit or two.
        if (_options.Device is { } device) device.RoundsOperands = !_options.IsExact;
        try
        {
            for (int i = 0; i < _options.Levels.Length; i++)
            {
                using (_clock.In("decode")) _model.Decode(_options.Levels[i], _run);
                (int, ImmutableArray<int>)[] batch = [.. windows.Next(Batch).Select(window => (window, _options.Windows[window]))];
                foreach ((int, ImmutableArray<int>)[] part in batch.Chunk(_passes.Windows))
                    _trained[i] += _passes.AddGradients(_options.Levels[i], part, _weights[i] / batch.Length);
            }

            _windows += Batch;
        }
        finally
        {
            if (_options.Device is { } same) same.RoundsOperands = false;
        }
    }

    /// <summary>The mean divergence of each level on the windows of the steps since the last look; begins anew.</summary>
    private ImmutableArray<double> Trained()
    {
        ImmutableArray<double> means = [.. _trained.Select(sum => sum / _windows)];
        Array.Clear(_trained);
        _windows = 0;
        return means;
    }

    /// <summary>The mean divergence of each level on windows that are not trained on, as the model would be stored.</summary>
    private double[] HeldOut(TunedModelState state)
    {
        int first = _kept == _options.Windows.Length ? 0 : _kept;
        (int, ImmutableArray<int>)[] windows = [.. Enumerable.Range(first, _options.Windows.Length - first).Select(window => (window, _options.Windows[window]))];
        using EngineClock.Visit stage = _clock.In("held out");
        return [.. _options.Levels.Select(level =>
        {
            _model.Decode(state, level, _run);
            return _passes.Divergences(windows).Average();
        })];
    }

    private double Sum(double[] divergences) => divergences.Zip(_weights, static (divergence, weight) => divergence * weight).Sum();
}

/// <summary>What held-out windows said on the way.</summary>
/// <param name="Step">After how many steps.</param>
/// <param name="Divergences">KL(reference ‖ model) of each level, in nats a token.</param>
/// <param name="Trained">The same of the windows that the steps since the last look trained on, each before its step: far below <paramref name="Divergences"/>, more text is wanted. Empty before the first step.</param>
public sealed record TuningCheck(int Step, ImmutableArray<double> Divergences, ImmutableArray<double> Trained);
