using System.Collections.Immutable;
using Dropwise.Cli.Hosting;
using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.ModelFiles;
using Dropwise.Quantization;
using Dropwise.Quantization.EndToEnd;

namespace Dropwise.Cli.Models;

/// <summary>Text that a model makes up by itself, drawn from its own predictions: what to calibrate with where no text is at hand, and to tune on where there is too little.</summary>
internal static class SampledText
{
    /// <summary>Draws windows.</summary>
    /// <param name="source">The model, not quantized.</param>
    /// <param name="beginnings">What each window begins with, fewer tokens than a window has; none for the token that the model itself begins with.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <param name="writing">How to write.</param>
    /// <param name="session">Formats, progress, cancellation.</param>
    /// <param name="drawn">Windows that the model wrote before, or default: they are taken where as many with these beginnings are among them.</param>
    /// <returns>The windows.</returns>
    /// <exception cref="CommandException">A window begins with nothing, and the model names no token that a text starts with or that ends one.</exception>
    public static ImmutableArray<ImmutableArray<int>> Draw(
        ModelSource source, ImmutableArray<ImmutableArray<int>> beginnings, int context, TextWriting writing, CommandSession session, ImmutableArray<ImmutableArray<int>> drawn = default)
    {
        int? first = source.Config.BeginToken ?? (source.Config.EndTokens.IsEmpty ? null : source.Config.EndTokens[0]);
        if (first is null && beginnings.Any(static beginning => beginning.IsEmpty))
            throw new CommandException($"{source.Path}: its configuration names no token that a text starts with, so it cannot write one; name a text");
        beginnings = [.. beginnings.Select(beginning => beginning.IsEmpty ? [first!.Value] : beginning)];
        if (!drawn.IsDefault && drawn.Length >= beginnings.Length && beginnings.Zip(drawn).All(pair => pair.Second.Length == context && pair.Second.AsSpan().StartsWith(pair.First.AsSpan())))
            return drawn[..beginnings.Length];
        return ProgressReport.Run(session.Terminal, "sample", progress => writing.Device is { } device
            ? WrittenText.Write(source, beginnings, context, writing.Seed, device, new QuantizationRun(writing.Threads, session.Cancellation, progress))
            : Draw(source.Path, beginnings, context, writing, session, progress));
    }

    // Windows know nothing of each other: a sequence a thread writes more than all threads write of one.
    private static ImmutableArray<ImmutableArray<int>> Draw(
        string path, ImmutableArray<ImmutableArray<int>> beginnings, int context, TextWriting writing, CommandSession session, Action<double> progress)
    {
        using ModelWeights model = WeightLoader.Load(ModelSource.OpenAny(path, session.Formats));
        var texts = new ImmutableArray<int>[beginnings.Length];
        int done = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = writing.Threads, CancellationToken = session.Cancellation };
        Parallel.For(0, texts.Length, options, () => new Writer(model, context), (window, _, writer) =>
        {
            texts[window] = writer.Write(beginnings[window], (ulong)(((long)writing.Seed << 32) + window), session.Cancellation);
            progress((double)Interlocked.Increment(ref done) / texts.Length);
            return writer;
        }, static writer => writer.Dispose());
        return ImmutableArray.Create(texts);
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
            _team.Dispose();
        }
    }
}

/// <summary>How a model writes text.</summary>
/// <param name="Seed">Decides all of it.</param>
/// <param name="Threads">Threads to use on the processor; the text does not depend on it.</param>
/// <param name="Device">
/// A device that writes all windows side by side; null for the processor, which writes a window a thread. A device has the whole model in float32, and other texts: predictions differ in
/// their last digits, and numbers are taken otherwise.
/// </param>
internal sealed record TextWriting(int Seed, int Threads, CudaEngine? Device = null);
