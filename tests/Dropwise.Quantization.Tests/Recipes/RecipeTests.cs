using System.Text.Json;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Recipes;

namespace Dropwise.Quantization.Tests.Recipes;

/// <summary>Recipes: what they say, and what is said about wrong ones.</summary>
public sealed class RecipeTests : IDisposable
{
    private static readonly FormatRegistry Registry = new(FormatTable.Rows);

    private readonly string _path = Path.GetTempFileName();

    [Fact]
    public void The_first_rule_that_matches_counts()
    {
        Recipe recipe = Read("""
            {
              // Down projections are the delicate ones.
              "tensors": [
                { "match": "down_proj", "format": "int8g32" },
                { "match": "layers\\.0\\.", "format": "none" },
                { "match": "proj", "format": "dbd4x8g8", "method": "ldlq", "weights": "uniform" },
              ],
              "levels": [4, 2]
            }
            """);
        Assert.Equal("int8g32", recipe.ChoiceOf("model.layers.0.mlp.down_proj.weight")!.Format.Descriptor.Name);
        Assert.Null(recipe.ChoiceOf("model.layers.0.mlp.up_proj.weight"));
        TensorChoice choice = recipe.ChoiceOf("model.layers.1.mlp.up_proj.weight")!;
        Assert.Equal(("dbd4x8g8", "ldlq", "uniform"), (choice.Format.Descriptor.Name, choice.Method?.Name, choice.Weights?.Name));
        Assert.Null(recipe.ChoiceOf("lm_head.weight"));
        Assert.Equal([4, 2], recipe.LevelsOf(2)!.Value);
        Assert.Contains("levels of 2 blocks, and the model has 3", Assert.Throws<ModelFileException>(() => recipe.LevelsOf(3)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "no recipe")]
    [InlineData("null", "null")]
    [InlineData("{}", "neither tensors nor levels")]
    [InlineData("""{"layers":[1]}""", "layers")]
    [InlineData("""{"tensors":[{"match":"a"}]}""", "format")]
    [InlineData("""{"tensors":[{"match":"(","format":"none"}]}""", "rule 1")]
    [InlineData("""{"tensors":[{"match":"a","format":"int99"}]}""", "'int99'")]
    [InlineData("""{"tensors":[{"match":"a","format":"int4g32","method":"ldlq"}]}""", "ldlq is not for int4g32")]
    [InlineData("""{"tensors":[{"match":"a","format":"dbd4x8g8","method":"magic"}]}""", "'magic'")]
    [InlineData("""{"tensors":[{"match":"a","format":"dbd4x8g8","weights":"heavy"}]}""", "'heavy'")]
    [InlineData("""{"levels":[2,0]}""", "level 0")]
    public void A_wrong_recipe_is_named(string text, string said)
    {
        string message = Assert.Throws<ModelFileException>(() => Read(text)).Message;
        Assert.Contains(_path, message, StringComparison.Ordinal);
        Assert.Contains(said, message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_is_read()
    {
        Recipe.Write(_path, new RecipeDocument(Tensors: [new TensorRule("proj", "int4g32")], Levels: [1, 1]));
        Recipe recipe = Recipe.Read(_path, Registry);
        Assert.Equal("int4g32", recipe.ChoiceOf("a.proj")!.Format.Descriptor.Name);
        Assert.Equal([1, 1], recipe.Levels);
    }

    [Fact]
    public void The_schema_names_what_the_reader_reads()
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "recipe.schema.json")));
        JsonElement properties = schema.RootElement.GetProperty("properties");
        Assert.Equal(["$schema", "levels", "tensors"], properties.EnumerateObject().Select(static p => p.Name).Order(StringComparer.Ordinal));
        JsonElement rule = properties.GetProperty("tensors").GetProperty("items").GetProperty("properties");
        Assert.Equal(["format", "match", "method", "weights"], rule.EnumerateObject().Select(static p => p.Name).Order(StringComparer.Ordinal));
    }

    public void Dispose() => File.Delete(_path);

    private Recipe Read(string text)
    {
        File.WriteAllText(_path, text);
        return Recipe.Read(_path, Registry);
    }
}
