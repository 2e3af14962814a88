using System.Collections.Immutable;
using Dropwise.Cli.Hosting;
using Dropwise.Inference;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Recipes;
using Dropwise.Tokenization;

namespace Dropwise.Cli.Models;

/// <summary>A model with its tokenizer, ready to run.</summary>
internal sealed class LoadedModel : IDisposable
{
    private readonly ModelSource _source;

    private readonly ImmutableArray<int>? _served;

    private LoadedModel(ModelSource source, ModelWeights weights, ImmutableArray<int>? served, Tokenizer tokenizer)
    {
        _source = source;
        _served = served;
        Weights = weights;
        Tokenizer = tokenizer;
    }

    /// <summary>The weights.</summary>
    public ModelWeights Weights { get; }

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Opens a model; says so where the file was cut and upper levels are missing.</summary>
    /// <param name="path">A Hugging Face folder or a Dropwise file.</param>
    /// <param name="session">Formats, and where the note goes.</param>
    /// <param name="recipe">The recipe whose levels blocks are served at, or null for all levels of all blocks.</param>
    /// <exception cref="ModelFileException">Something is missing or broken; the message names it.</exception>
    /// <exception cref="TokenizerException">The tokenizer cannot be used.</exception>
    public static LoadedModel Open(string path, CommandSession session, string? recipe = null)
    {
        Recipe? levels = recipe is null ? null : Recipe.Read(recipe, session.Formats);
        if (levels is { Levels.IsEmpty: true }) throw new UsageException($"--recipe {recipe}: it has no levels, which is what a model is served at");
        ModelSource source = ModelSource.OpenAny(path, session.Formats);
        try
        {
            string tokenizerName = $"{path} (tokenizer)";
            var tokenizer = Tokenizer.FromJson(source.RequireTokenizer(), tokenizerName, source.Texts.TokenizerConfig);
            if (source is CheckpointReader { PresentLevels: int present, Levels: int all } && present < all)
                session.Terminal.Error.WriteLine($"note: {path} is cut: level{(present + 1 == all ? $" {all} is" : $"s {present + 1} to {all} are")} missing");
            ImmutableArray<int>? served = levels?.LevelsOf(source.Config.Layers);
            return new LoadedModel(source, WeightLoader.Load(source, served), served, tokenizer);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>How the model wants conversations written.</summary>
    /// <exception cref="TokenizerException">It was made for none, or for a form that is not known.</exception>
    public ChatTemplate ChatTemplate() => Tokenization.ChatTemplate.Read(_source.Texts.TokenizerConfig, _source.Path);

    /// <summary>The level that an option asks for.</summary>
    /// <param name="bits">What <c>--bits</c> asks for, or null for the highest level.</param>
    /// <exception cref="UsageException">The model does not have the level.</exception>
    public int Level(int? bits)
    {
        int level = LevelOf(bits);
        if (level > Weights.Levels)
            throw new UsageException($"--bits {bits}: {_source.Path} has {(Weights.Levels == 1 ? "level 1 only" : $"levels 1 to {Weights.Levels}")}");
        return level;
    }

    /// <summary>What the weights take at a level.</summary>
    /// <param name="level">From 1.</param>
    public ServedSize SizeAt(int level) => ServedSize.Of(_source, level, _served);

    /// <inheritdoc/>
    public void Dispose() => Weights.Dispose();

    private int LevelOf(int? bits)
    {
        if (bits is not { } asked) return Weights.Levels;

        // A nested format has a level for each count of bits; any other has one level, whatever its bits.
        bool isOnlyChoice = _source.Matrices.Values.Any(
            matrix => matrix.Row.Descriptor is { Nested: false } format && format.CodebookCount * format.CodeBits == asked * format.Dimension);
        return isOnlyChoice ? 1 : asked;
    }
}
