using System.Collections.Immutable;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Quantization.Models;

namespace Dropwise.Quantization.EndToEnd;

/// <summary>
/// Times the stages of work that an engine does after it was asked: a stage begins and ends when all that was asked before is done. Stages are long beside the time
/// that a device needs to begin anew.
/// </summary>
/// <param name="engine">The engine.</param>
internal sealed class EngineClock(BlockEngine engine)
{
    private readonly StageClock _clock = new();

    /// <summary>The stages so far, in the order in which they first began.</summary>
    public ImmutableArray<StageTime> Times => _clock.Times;

    /// <summary>Enters a stage until the result is disposed of.</summary>
    /// <param name="stage">Its name.</param>
    public Visit In(string stage)
    {
        engine.Wait();
        return new Visit(engine, _clock.In(stage));
    }

    /// <summary>A stay in a stage.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="visit">The stay of the clock.</param>
    public readonly struct Visit(BlockEngine engine, StageClock.Visit visit) : IDisposable
    {
        /// <summary>Waits for what the stage asked of the engine, and goes back to the outer stage.</summary>
        public void Dispose()
        {
            engine.Wait();
            visit.Dispose();
        }
    }
}
