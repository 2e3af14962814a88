using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Dropwise.ModelFiles;

/// <summary>The JSON documents of this library, read and written by source-generated code, so that nothing needs reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShardIndexDocument))]
internal sealed partial class ModelFileJson : JsonSerializerContext
{
    /// <summary>Reads a document.</summary>
    /// <param name="path">Where the text is from, for messages.</param>
    /// <param name="text">The JSON text.</param>
    /// <param name="type">The document's type.</param>
    /// <exception cref="ModelFileException">The text is not JSON, or a field has the wrong type.</exception>
    public static T Parse<T>(string path, string text, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(text, type) ?? throw new ModelFileException(path, "is null where a JSON object is expected");
        }
        catch (JsonException e)
        {
            // The message names the path of the field and its line.
            throw new ModelFileException(path, $"is not valid: {e.Message}", e);
        }
    }
}
