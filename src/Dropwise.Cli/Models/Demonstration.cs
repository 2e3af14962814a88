using System.Text;
using Dropwise.Cli.Hosting;
using Dropwise.Cli.Reports;
using Dropwise.Inference;
using Dropwise.Tokenization;

namespace Dropwise.Cli.Models;

/// <summary>Measures a model and lets it tell a story, at one level after the other.</summary>
internal static class Demonstration
{
    /// <summary>Windows of the held-out text: enough to tell the levels apart, and done in seconds.</summary>
    public const int Windows = 64;

    private const int Context = 512;
    private const string Prompt = "Once upon a time";

    /// <summary>The perplexity on the first windows of a text.</summary>
    /// <param name="model">The model.</param>
    /// <param name="engine">Where the model runs.</param>
    /// <param name="level">The level.</param>
    /// <param name="text">The held-out text.</param>
    /// <param name="cancellation">Ends the measurement between two windows.</param>
    /// <param name="progress">Receives the finished fraction.</param>
    public static double Perplexity(
        LoadedModel model, ModelEngine engine, int level, string text, CancellationToken cancellation, Action<double> progress)
    {
        using Session sequence = engine.NewSession(Context, level);
        return PerplexityEvaluator.Evaluate(sequence, model.Tokenizer.Encode(text), Context, Windows, (done, all) =>
        {
            cancellation.ThrowIfCancellationRequested();
            progress((double)done / all);
        }).Perplexity;
    }

    /// <summary>A short story.</summary>
    /// <param name="model">The model.</param>
    /// <param name="engine">Where the model runs.</param>
    /// <param name="level">The level.</param>
    /// <param name="cancellation">Ends the story.</param>
    /// <returns>The story with its first words, and generated tokens a second.</returns>
    public static (string Story, double TokensPerSecond) Tell(LoadedModel model, ModelEngine engine, int level, CancellationToken cancellation)
    {
        // A little chance makes better stories than the likeliest word every time; the seed makes them the same ones every time.
        var options = new GenerationOptions
        {
            MaximumTokens = 70,
            EndTokens = model.Weights.Config.EndTokens,
            Sampling = new SamplingOptions { Temperature = 0.6, TopP = 0.9, Seed = 1 },
        };
        using Session sequence = engine.NewSession(Context, level);
        StreamingDecoder decoder = model.Tokenizer.CreateStreamingDecoder(continuesText: true, skipSpecialTokens: true);
        var story = new StringBuilder(Prompt);
        GenerationResult result = Generator.Generate(sequence, model.Tokenizer.Encode(Prompt, addSpecialTokens: true), options, token =>
        {
            story.Append(decoder.Append(token));
            return !cancellation.IsCancellationRequested;
        });
        cancellation.ThrowIfCancellationRequested();
        return (story.Append(decoder.Finish()).Replace('\n', ' ').ToString(), result.TokensPerSecond);
    }
}
