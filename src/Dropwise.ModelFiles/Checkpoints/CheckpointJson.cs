using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dropwise.ModelFiles;

/// <summary>The JSON strings in a checkpoint's metadata.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
[JsonSerializable(typeof(Dictionary<string, MatrixDocument?>))]
[JsonSerializable(typeof(long[]))]
internal sealed partial class CheckpointJson : JsonSerializerContext;

/// <summary>What <c>formats</c> says about one matrix.</summary>
/// <param name="Format">The format's name.</param>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
/// <param name="Codebooks">The prefix of the codebooks' tensors, or null where the format has none.</param>
/// <param name="Transform">The tensor of the rotation's signs, or null where the format has none.</param>
internal sealed record MatrixDocument(string Format, int Rows, int Columns, string? Codebooks, string? Transform);
