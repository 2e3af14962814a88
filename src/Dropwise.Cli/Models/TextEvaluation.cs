using System.Text;
using Dropwise.Cli.Hosting;
using Dropwise.Inference;

namespace Dropwise.Cli.Models;

/// <summary>The text that a command line asks to be measured on.</summary>
/// <param name="Path">The text file.</param>
/// <param name="Text">What it holds.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Windows">The most windows, or null for all.</param>
/// <param name="Reference">The model to compare with, or null.</param>
internal sealed record TextEvaluation(string Path, string Text, int Context, int? Windows, string? Reference)
{
    /// <summary>Measures the perplexity, under a progress bar.</summary>
    /// <param name="model">The model.</param>
    /// <param name="engine">Where it runs.</param>
    /// <param name="choice">Where its reference runs.</param>
    /// <param name="level">Its level.</param>
    /// <param name="session">Formats, where to draw, and when to stop.</param>
    /// <returns>The result, and bytes of a token on the average of the text.</returns>
    /// <exception cref="CommandException">The text is too short, or the reference has another vocabulary.</exception>
    public (PerplexityResult Result, double BytesPerToken) Run(LoadedModel model, ModelEngine engine, EngineChoice choice, int level, CommandSession session)
    {
        using Session sequence = engine.NewSession(Context, level);
        int[] tokens = model.Tokenizer.Encode(Text);
        if (tokens.Length < Context) throw new CommandException($"{Path}: {tokens.Length} tokens are fewer than one window of {Context}");
        using ReferenceModel? reference = Reference is null ? null : ReferenceModel.Open(Reference, model, choice, Context, session);
        return (Evaluate(sequence, tokens, Context, Windows, reference, "eval", session), (double)Encoding.UTF8.GetByteCount(Text) / tokens.Length);
    }

    /// <summary>Evaluates a sequence on a text, with a progress bar.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="tokens">The text, at least one window.</param>
    /// <param name="context">Tokens of a window.</param>
    /// <param name="windows">The most windows, or null for all.</param>
    /// <param name="reference">What predictions are compared with, or null.</param>
    /// <param name="title">What the bar says.</param>
    /// <param name="session">Where to draw, and when to stop.</param>
    public static PerplexityResult Evaluate(
        Session sequence, int[] tokens, int context, int? windows, ReferenceModel? reference, string title, CommandSession session) =>
        ProgressReport.Run(session.Terminal, title, progress => PerplexityEvaluator.Evaluate(
            sequence,
            tokens,
            context,
            windows,
            (done, all) =>
            {
                session.Cancellation.ThrowIfCancellationRequested();
                progress((double)done / all);
            },
            reference?.Session));
}
