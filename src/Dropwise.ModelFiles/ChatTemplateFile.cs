using System.Text.Json;
using System.Text.Json.Nodes;

namespace Dropwise.ModelFiles;

/// <summary>
/// The file <c>chat_template.jinja</c>, in which newer Hugging Face models have what older ones have in a field of <c>tokenizer_config.json</c>. It becomes that
/// field, so that all else reads one place, and a checkpoint carries it.
/// </summary>
internal static class ChatTemplateFile
{
    /// <summary>The file's name.</summary>
    public const string Name = "chat_template.jinja";

    private const string Field = "chat_template";

    /// <summary>Puts the template into a configuration; as in transformers, it goes before one that is there already.</summary>
    /// <param name="folder">The model's folder, for messages.</param>
    /// <param name="tokenizerConfig">The text of <c>tokenizer_config.json</c>, or null.</param>
    /// <param name="template">The text of the file, or null where the model has none.</param>
    /// <returns>The text of the configuration, or null where there is neither.</returns>
    /// <exception cref="ModelFileException">The configuration is no JSON object.</exception>
    public static string? Merge(string folder, string? tokenizerConfig, string? template)
    {
        if (template is null) return tokenizerConfig;
        JsonObject config;
        try
        {
            config = tokenizerConfig is null ? [] : JsonNode.Parse(tokenizerConfig)?.AsObject() ?? throw new JsonException("it is null");
            config[Field] = template;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new ModelFileException(Path.Combine(folder, "tokenizer_config.json"), $"is not a JSON object: {e.Message}", e);
        }

        return config.ToJsonString();
    }
}
