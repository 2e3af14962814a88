using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Additive;
using Dropwise.Quantization.Calibration;

namespace Dropwise.Quantization.Recipes;

/// <summary>
/// What becomes of each weight of a model, and at which level each block is served: a JSON file that plans write, people edit, and
/// <c>quantize</c>, <c>run</c>, <c>eval</c> and <c>bench</c> take. <c>recipe.schema.json</c> describes it.
/// </summary>
public sealed class Recipe
{
    // A pattern that takes longer than this for one name would take for ever for some other.
    private static readonly TimeSpan MatchTime = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly ImmutableArray<(Regex Match, TensorChoice? Choice)> _rules;

    private Recipe(string path, ImmutableArray<(Regex, TensorChoice?)> rules, ImmutableArray<int> levels)
    {
        _path = path;
        _rules = rules;
        Levels = levels;
    }

    /// <summary>The level that each block is served at, from the first; empty where the recipe says nothing about it.</summary>
    public ImmutableArray<int> Levels { get; }

    /// <summary>Whether the recipe says what becomes of weights.</summary>
    public bool HasTensors => !_rules.IsEmpty;

    /// <summary>Reads a recipe.</summary>
    /// <param name="path">The file.</param>
    /// <param name="formats">The formats that it may name.</param>
    /// <exception cref="ModelFileException">It is missing, not JSON, or says something that is not there; the message names it.</exception>
    public static Recipe Read(string path, FormatRegistry formats)
    {
        try
        {
            using FileStream stream = File.OpenRead(path);
            return From(path, JsonSerializer.Deserialize(stream, RecipeJson.Default.RecipeDocument) ?? throw new JsonException("it is null"), formats);
        }
        catch (JsonException e)
        {
            throw new ModelFileException(path, $"is no recipe: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelFileException(path, $"cannot be read: {e.Message}");
        }
    }

    /// <summary>Writes the recipe that serves blocks at levels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="document">What it says.</param>
    /// <exception cref="ModelFileException">The file cannot be written.</exception>
    public static void Write(string path, RecipeDocument document)
    {
        string text = JsonSerializer.Serialize(document, RecipeJson.Default.RecipeDocument) + "\n";
        OutputFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>What becomes of a weight: the choice of the first rule that its name matches, or null where it stays as it is.</summary>
    /// <param name="name">The weight's name.</param>
    /// <exception cref="ModelFileException">A pattern takes too long for the name.</exception>
    public TensorChoice? ChoiceOf(string name)
    {
        foreach ((Regex match, TensorChoice? choice) in _rules)
        {
            try
            {
                if (match.IsMatch(name)) return choice;
            }
            catch (RegexMatchTimeoutException)
            {
                throw new ModelFileException(_path, $"the pattern '{match}' takes too long for '{name}'");
            }
        }

        return null;
    }

    /// <summary>The level of each block of a model, or null where the recipe says nothing about levels.</summary>
    /// <param name="blocks">Blocks of the model.</param>
    /// <exception cref="ModelFileException">The recipe is about another number of blocks.</exception>
    public ImmutableArray<int>? LevelsOf(int blocks)
    {
        if (Levels.IsEmpty) return null;
        return Levels.Length == blocks ? Levels : throw new ModelFileException(_path, $"has levels of {Levels.Length} blocks, and the model has {blocks}");
    }

    private static Recipe From(string path, RecipeDocument document, FormatRegistry formats)
    {
        ImmutableArray<(Regex, TensorChoice?)> rules = [.. (document.Tensors ?? []).Select((rule, index) =>
        {
            try
            {
                return (new Regex(rule.Match, RegexOptions.CultureInvariant, MatchTime), Choice(rule, formats));
            }
            catch (Exception e) when (e is ArgumentException or QuantizationException)
            {
                throw new ModelFileException(path, string.Create(CultureInfo.InvariantCulture, $"rule {index + 1} of tensors: {e.Message}"));
            }
        })];
        ImmutableArray<int> levels = [.. document.Levels ?? []];
        if (levels.Any(static level => level < 1)) throw new ModelFileException(path, $"has level {levels.Min()}; levels count from 1");
        if (rules.IsEmpty && levels.IsEmpty) throw new ModelFileException(path, "is no recipe: it has neither tensors nor levels");
        return new Recipe(path, rules, levels);
    }

    private static TensorChoice? Choice(TensorRule rule, FormatRegistry formats)
    {
        if (rule.Format == TensorRule.Unquantized) return null;
        FormatRow row = formats.Rows.FirstOrDefault(row => row.Descriptor.Name == rule.Format) ?? throw new QuantizationException($"there is no format '{rule.Format}'");
        CalibratedMethod? method = null;
        if (rule.Method is { } name)
        {
            method = CalibratedMethod.Find(name) ?? throw new QuantizationException($"there is no method '{name}'");
            if (!method.Fits(row.Descriptor)) throw new QuantizationException($"method {name} is not for {rule.Format}");
        }

        return new TensorChoice(row, method, rule.Weights is { } weights ? LevelWeights.Parse(weights) : null);
    }
}
