using System.Text.Json.Serialization;

namespace Dropwise.Quantization.Recipes;

/// <summary>The JSON of a recipe.</summary>
/// <param name="Schema">The address of the schema, for editors; not read.</param>
/// <param name="Tensors">What becomes of weights: the first rule that a name matches counts, and a weight that matches none stays as it is.</param>
/// <param name="Levels">The level that each block is served at, from the first block.</param>
public sealed record RecipeDocument(
    [property: JsonPropertyName("$schema")] string? Schema = null, IReadOnlyList<TensorRule>? Tensors = null, IReadOnlyList<int>? Levels = null);

/// <summary>What becomes of the weights whose names match a pattern.</summary>
/// <param name="Match">A regular expression, found anywhere in the name.</param>
/// <param name="Format">A format's name, or <c>none</c> to leave the weights as they are.</param>
/// <param name="Method">How the weights are calibrated, or null for the method of the run.</param>
/// <param name="Weights">How much each level of a nested format counts, as <c>--weights</c> spells it, or null for what the run says.</param>
public sealed record TensorRule(string Match, string Format, string? Method = null, string? Weights = null)
{
    /// <summary>The format of weights that stay as they are.</summary>
    public const string Unquantized = "none";
}

/// <summary>Reads and writes recipes; fields that are not there are mistakes that should not stay unnoticed.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    WriteIndented = true)]
[JsonSerializable(typeof(RecipeDocument))]
internal sealed partial class RecipeJson : JsonSerializerContext;
