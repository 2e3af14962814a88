using System.Collections.Immutable;
using System.Diagnostics;

namespace Dropwise.Quantization.Models;

/// <summary>Times the stages of a run: the clock is in one of them at a time, and a stage inside another stops the outer one's time. For one thread.</summary>
internal sealed class StageClock
{
    private readonly OrderedDictionary<string, TimeSpan> _times = new(StringComparer.Ordinal);
    private string? _stage;
    private long _since;

    /// <summary>The stages so far, in the order in which they first began.</summary>
    public ImmutableArray<StageTime> Times
    {
        get
        {
            Enter(_stage);
            return [.. _times.Select(static entry => new StageTime(entry.Key, entry.Value))];
        }
    }

    /// <summary>Enters a stage until the result is disposed of.</summary>
    /// <param name="stage">Its name.</param>
    public Visit In(string stage)
    {
        string? outer = _stage;
        Enter(stage);
        return new Visit(this, outer);
    }

    private void Enter(string? stage)
    {
        long now = Stopwatch.GetTimestamp();
        if (_stage is not null) _times[_stage] = _times.GetValueOrDefault(_stage) + Stopwatch.GetElapsedTime(_since, now);
        if (stage is not null) _times.TryAdd(stage, TimeSpan.Zero);
        (_stage, _since) = (stage, now);
    }

    /// <summary>A stay in a stage.</summary>
    /// <param name="clock">The clock.</param>
    /// <param name="outer">The stage that goes on afterwards, or null.</param>
    public readonly struct Visit(StageClock clock, string? outer) : IDisposable
    {
        /// <summary>Goes back to the outer stage.</summary>
        public void Dispose() => clock.Enter(outer);
    }
}
