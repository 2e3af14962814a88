using System.Diagnostics;

namespace Dropwise.Quantization.Models;

/// <summary>Adds the fractions of consecutive jobs up to one fraction of the whole, with the time left.</summary>
/// <param name="total">The work of all jobs, in any unit.</param>
/// <param name="listener">Who wants to know, or null.</param>
internal sealed class ProgressMeter(double total, Action<QuantizationProgress>? listener)
{
    // A listener that draws has no use for more, and a report must cost nothing beside the work.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Lock _reporting = new();
    private double _finished;
    private double _skipped;
    private double _reported;
    private TimeSpan _last;

    /// <summary>Time since the start.</summary>
    public TimeSpan Elapsed => _clock.Elapsed;

    /// <summary>A run whose fractions are those of the next job.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="work">Its work.</param>
    /// <param name="run">Workers and cancellation.</param>
    public QuantizationRun Begin(string job, double work, QuantizationRun run)
    {
        Report(job, 0, 0, always: true);
        return run.Reporting(fraction => Report(job, work, fraction, always: false));
    }

    /// <summary>Ends a job.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="work">Its work, as it began.</param>
    public void End(string job, double work)
    {
        _finished += work;
        Report(job, 0, 0, always: true);
    }

    /// <summary>Counts work that was done before this run.</summary>
    /// <param name="job">The job's name.</param>
    /// <param name="work">Its work.</param>
    public void Skip(string job, double work)
    {
        _skipped += work;
        End(job, work);
    }

    private void Report(string job, double work, double fraction, bool always)
    {
        if (listener is null) return;
        lock (_reporting)
        {
            TimeSpan now = _clock.Elapsed;
            if (!always && now - _last < Interval) return;
            _last = now;

            // Threads of a job report in any order; a bar never goes back.
            _reported = Math.Max(_reported, Math.Clamp((_finished + (work * fraction)) / total, 0, 1));
            double done = _reported - (_skipped / total);
            TimeSpan? remaining = done > 0 ? now * ((1 - _reported) / done) : null;
            listener(new QuantizationProgress(job, _reported, remaining));
        }
    }
}
