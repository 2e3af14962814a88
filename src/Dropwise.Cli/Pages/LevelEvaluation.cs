using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Inference;

namespace Dropwise.Cli.Pages;

/// <summary>Measures every level of a model with one text, and the levels of a recipe.</summary>
/// <param name="Model">The model's file.</param>
/// <param name="Text">The text's file.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Windows">The most windows, or null for all.</param>
/// <param name="Reference">The model that it was made of, or null.</param>
/// <param name="Choice">Where models run.</param>
internal sealed record LevelEvaluation(string Model, string Text, int Context, int? Windows, string? Reference, EngineChoice Choice)
{
    /// <summary>Measures, under a progress bar a level.</summary>
    /// <param name="recipe">The recipe's file, or null.</param>
    /// <param name="session">Formats, where to draw, and when to stop.</param>
    /// <exception cref="CommandException">The text is too short, or the reference has another vocabulary.</exception>
    public PageEvaluation Run(string? recipe, CommandSession session)
    {
        string content = TextFile.Read(Text);
        var points = new List<PagePoint>();
        double? unquantized = null;
        int windows = 0;
        using LoadedModel model = LoadedModel.Open(Model, session);
        int[] tokens = model.Tokenizer.Encode(content);
        if (tokens.Length < Context) throw new CommandException($"{Text}: {tokens.Length} tokens are fewer than one window of {Context}");
        using ReferenceModel? reference = Reference is null ? null : ReferenceModel.Open(Reference, model, Choice, Context, session);
        using (var engine = new ModelEngine(model.Weights, Choice))
        {
            for (int level = 1; level <= model.Weights.Levels; level++) Add(model, engine, level, $"level {level}", level);
        }

        if (recipe is not null)
        {
            using LoadedModel served = LoadedModel.Open(Model, session, recipe);
            using var engine = new ModelEngine(served.Weights, Choice);
            Add(served, engine, served.Weights.Levels, PageFigures.NameOf(recipe), null);
        }

        return new PageEvaluation(PageFigures.NameOf(Text), Context, windows, unquantized, [.. points]);

        void Add(LoadedModel measured, ModelEngine engine, int level, string name, int? served)
        {
            using Session sequence = engine.NewSession(Context, level);
            PerplexityResult result = TextEvaluation.Evaluate(sequence, tokens, Context, Windows, reference, $"eval {name}", session);
            (windows, unquantized) = (result.Windows, result.Reference?.Perplexity);
            points.Add(new PagePoint(name, served, measured.SizeAt(level).Bits ?? 0, result.Perplexity, result.Reference?.Divergence, result.Reference?.Agreement));
        }
    }
}
