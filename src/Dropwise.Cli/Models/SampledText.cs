using System.Collections.Immutable;
using Dropwise.Cli.Hosting;
using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.Inference.Cuda;
using Dropwise.ModelFiles;

namespace Dropwise.Cli.Models;

/// <summary>Text that a model makes up by itself, drawn from its own predictions: what to calibrate with where no text is at hand, and what to tune on where there is too little.</summary>
internal static class SampledText
{
    // A sequence on a device is a chain of kernels that are too small for it; so many run beside each other. Each has a copy of the weights, of which there may be so many bytes.
    private const int DeviceWriters = 12;
    private const long DeviceBytes = 16L << 30;

    /// <summary>Draws windows.</summary>
    /// <param name="path">The model, not quantized.</param>
    /// <param name="beginnings">What each window begins with: fewer tokens than a window has; none for the token that the model itself begins with.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <param name="writing">How to write.</param>
    /// <param name="session">Formats, progress, cancellation.</param>
    /// <returns>The windows: window i is the same whatever their number.</returns>
    /// <exception cref="CommandException">A window begins with nothing, and the model names no token that a text starts with or that ends one.</exception>
    public static ImmutableArray<ImmutableArray<int>> Draw(string path, ImmutableArray<ImmutableArray<int>> beginnings, int context, TextWriting writing, CommandSession session)
    {
        using ModelWeights model = WeightLoader.Load(ModelSource.OpenAny(path, session.Formats));
        int? first = model.Config.BeginToken ?? (model.Config.EndTokens.IsEmpty ? null : model.Config.EndTokens[0]);
        if (first is null && beginnings.Any(static beginning => beginning.IsEmpty))
            throw new CommandException($"{path}: its configuration names no token that a text starts with, so it cannot write one; name a text");
        return ProgressReport.Run(session.Terminal, "sample", progress =>
        {
            var texts = new ImmutableArray<int>[beginnings.Length];
            int done = 0, next = -1;
            Writer[] writers = Open(model, context, beginnings.Length, writing);
            try
            {
                // Windows know nothing of each other: a sequence a thread writes more than all threads write of one.
                var options = new ParallelOptions { MaxDegreeOfParallelism = writers.Length, CancellationToken = session.Cancellation };
                Parallel.ForEach(writers, options, writer =>
                {
                    for (int window = Interlocked.Increment(ref next); window < texts.Length; window = Interlocked.Increment(ref next))
                    {
                        ImmutableArray<int> beginning = beginnings[window].IsEmpty ? [first!.Value] : beginnings[window];
                        texts[window] = writer.Write(beginning, (ulong)(((long)writing.Seed << 32) + window), session.Cancellation);
                        progress((double)Interlocked.Increment(ref done) / texts.Length);
                    }
                });
            }
            finally
            {
                foreach (Writer writer in writers) writer.Dispose();
            }

            return ImmutableArray.Create(texts);
        });
    }

    private static Writer[] Open(ModelWeights model, int context, int windows, TextWriting writing)
    {
        long most = writing.IsCuda ? Math.Clamp(DeviceBytes / Math.Max(1, model.BytesPerToken(model.Levels)), 1, DeviceWriters) : writing.Threads;
        var writers = new List<Writer>();
        try
        {
            while (writers.Count < Math.Min(most, windows)) writers.Add(new Writer(model, context, writing.IsCuda));
            return [.. writers];
        }
        catch
        {
            foreach (Writer writer in writers) writer.Dispose();
            throw;
        }
    }

    /// <summary>What one thread writes with.</summary>
    private sealed class Writer : IDisposable
    {
        private readonly ModelEngine _engine;
        private readonly Session _sequence;
        private readonly int _context;

        public Writer(ModelWeights model, int context, bool isCuda)
        {
            _engine = new ModelEngine(model, new EngineChoice(isCuda, Gpus: 1, Threads: 1, Exact: false));
            _context = context;
            try
            {
                _sequence = _engine.NewSession(context, model.Levels);
            }
            catch
            {
                _engine.Dispose();
                throw;
            }
        }

        public ImmutableArray<int> Write(ImmutableArray<int> beginning, ulong seed, CancellationToken cancellation)
        {
            // Nothing ends a window: behind the end of one text the model begins another.
            var text = new List<int>(_context);
            text.AddRange(beginning);
            var options = new GenerationOptions { MaximumTokens = _context - text.Count, Sampling = new SamplingOptions { Temperature = 1, Seed = seed } };
            _sequence.Rewind();
            if (text.Count < _context) Generator.Generate(_sequence, beginning.AsSpan(), options, token =>
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
            _engine.Dispose();
        }
    }
}

/// <summary>How a model writes text.</summary>
/// <param name="Seed">Decides all of it.</param>
/// <param name="Threads">Threads to use on the processor; the text does not depend on it.</param>
/// <param name="IsCuda">Whether a CUDA device writes, whose predictions differ from the processor's in their last digits, and texts with them.</param>
internal sealed record TextWriting(int Seed, int Threads, bool IsCuda);
