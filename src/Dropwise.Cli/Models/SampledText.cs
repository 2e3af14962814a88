using System.Collections.Immutable;
using Dropwise.Cli.Hosting;
using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Models;

/// <summary>Text that a model makes up by itself, drawn from its own predictions: what to calibrate with where no text is at hand.</summary>
internal static class SampledText
{
    /// <summary>Draws windows.</summary>
    /// <param name="path">The model, not quantized.</param>
    /// <param name="windows">Windows to draw.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <param name="seed">Decides all of them: window i is the same whatever the number of windows.</param>
    /// <param name="threads">Threads to use; the text does not depend on it.</param>
    /// <param name="session">Formats, progress, cancellation.</param>
    /// <exception cref="CommandException">The model names no token that a text starts with or that ends one.</exception>
    public static ImmutableArray<ImmutableArray<int>> Draw(string path, int windows, int context, int seed, int threads, CommandSession session)
    {
        using ModelWeights model = WeightLoader.Load(ModelSource.OpenAny(path, session.Formats));
        ModelConfig config = model.Config;
        if (config.BeginToken is null && config.EndTokens.IsEmpty)
            throw new CommandException($"{path}: its configuration names no token that a text starts with, so it cannot write one; name a text");
        int first = config.BeginToken ?? config.EndTokens[0];
        return ProgressReport.Run(session.Terminal, "sample", progress =>
        {
            var texts = new ImmutableArray<int>[windows];
            int done = 0;

            // Windows know nothing of each other: a sequence a thread writes more than all threads write of one.
            var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = session.Cancellation };
            Parallel.For(0, windows, options, () => new Writer(model, context), (window, _, writer) =>
            {
                texts[window] = writer.Write(first, (ulong)(((long)seed << 32) + window), session.Cancellation);
                progress((double)Interlocked.Increment(ref done) / windows);
                return writer;
            }, static writer => writer.Dispose());
            return ImmutableArray.Create(texts);
        });
    }

    /// <summary>What one thread writes with.</summary>
    private sealed class Writer : IDisposable
    {
        private readonly WorkerTeam _team = new(1);
        private readonly CpuSession _sequence;
        private readonly int _context;

        public Writer(ModelWeights model, int context)
        {
            _sequence = new CpuSession(model, _team, new SessionOptions { Context = context });
            _context = context;
        }

        public ImmutableArray<int> Write(int first, ulong seed, CancellationToken cancellation)
        {
            // Nothing ends a window: behind the end of one text the model begins another.
            var text = new List<int>(_context) { first };
            var options = new GenerationOptions { MaximumTokens = _context - 1, Sampling = new SamplingOptions { Temperature = 1, Seed = seed } };
            _sequence.Rewind();
            if (_context > 1) Generator.Generate(_sequence, [first], options, token =>
            {
                text.Add(token);
                return !cancellation.IsCancellationRequested;
            });
            cancellation.ThrowIfCancellationRequested();
            return [.. text];
        }

        public void Dispose()
        {
            _sequence.Dispose();
            _team.Dispose();
        }
    }
}
