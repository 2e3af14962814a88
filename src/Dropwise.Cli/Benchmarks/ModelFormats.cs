using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Recipes;

namespace Dropwise.Cli.Benchmarks;

/// <summary>What the layers of a random model are in, and the levels to time: one format, or what a recipe says of each weight and block.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Format">The format of all weights, or null where the recipe says.</param>
/// <param name="Recipe">A recipe, or null.</param>
/// <param name="Levels">The levels to time; empty for the one that a recipe serves.</param>
internal sealed record ModelFormats(string Name, FormatRow? Format, Recipe? Recipe, int[] Levels)
{
    /// <summary>What to time for each format.</summary>
    /// <param name="levels">Formats and their levels.</param>
    /// <param name="recipe">A recipe, or null.</param>
    /// <param name="path">The recipe's file, or null.</param>
    public static ModelFormats[] Of((FormatRow Row, int Level)[] levels, Recipe? recipe, string? path)
    {
        if (recipe is { HasTensors: true }) return [new ModelFormats(path!, null, recipe, [])];
        return
        [
            .. levels.GroupBy(static pair => pair.Row, static pair => pair.Level).Select(format => recipe is null
                ? new ModelFormats(format.Key.Descriptor.Name, format.Key, null, [.. format])
                : new ModelFormats($"{format.Key.Descriptor.Name}, {path}", format.Key, recipe, [])),
        ];
    }

    /// <summary>Makes a model.</summary>
    /// <param name="shape">The known model whose shape to take.</param>
    /// <param name="head">The format of the head.</param>
    /// <exception cref="ModelFileException">The recipe is about another number of blocks.</exception>
    public ModelWeights Create(string shape, FormatRow head)
    {
        ModelConfig config = ModelShapes.Find(shape);
        return RandomModel.Create(config, name => Format ?? Recipe!.ChoiceOf(name)?.Format, head, Recipe?.LevelsOf(config.Layers));
    }
}
