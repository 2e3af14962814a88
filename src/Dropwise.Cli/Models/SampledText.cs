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
        using var team = new WorkerTeam(threads);
        using var sequence = new CpuSession(model, team, new SessionOptions { Context = context });
        return ProgressReport.Run(session.Terminal, "sample", progress =>
        {
            var texts = ImmutableArray.CreateBuilder<ImmutableArray<int>>(windows);
            for (int window = 0; window < windows; window++)
            {
                // Nothing ends a window: behind the end of one text the model begins another.
                var text = new List<int>(context) { first };
                var options = new GenerationOptions { MaximumTokens = context - 1, Sampling = new SamplingOptions { Temperature = 1, Seed = (ulong)(((long)seed << 32) + window) } };
                sequence.Rewind();
                if (context > 1) Generator.Generate(sequence, [first], options, token =>
                {
                    text.Add(token);
                    return !session.Cancellation.IsCancellationRequested;
                });
                session.Cancellation.ThrowIfCancellationRequested();
                texts.Add([.. text]);
                progress((window + 1.0) / windows);
            }

            return texts.MoveToImmutable();
        });
    }
}
