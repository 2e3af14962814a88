using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>Turns a configuration's text into a <see cref="ModelConfig"/>: finds the architecture and lets its reader do the rest.</summary>
internal static class ModelConfigReader
{
    // An architecture is one line here and one file.
    private static readonly FrozenDictionary<string, Func<ConfigFields, ModelConfig>> Architectures =
        new Dictionary<string, Func<ConfigFields, ModelConfig>>(StringComparer.Ordinal)
        {
            ["llama"] = LlamaConfig.Read,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">Where the text is from, for messages.</param>
    /// <param name="configText">The text of <c>config.json</c>.</param>
    /// <param name="generationText">The text of <c>generation_config.json</c>, or null.</param>
    /// <exception cref="ModelFileException">The text is not JSON, a field is missing or invalid, or the architecture is not supported.</exception>
    public static ModelConfig Read(string path, string configText, string? generationText)
    {
        var fields = new ConfigFields(path, ModelFileJson.Parse(path, configText, ModelFileJson.Default.ConfigDocument));
        string type = fields.Document.ModelType ?? throw fields.Missing("model_type");
        if (!Architectures.TryGetValue(type, out Func<ConfigFields, ModelConfig>? read))
            throw fields.Invalid("model_type", $"is '{type}'; supported are {string.Join(", ", Architectures.Keys.Order(StringComparer.Ordinal))}");

        ModelConfig config = read(fields) with
        {
            SavedType = fields.Document.Dtype ?? fields.Document.TorchDtype,
            BeginToken = fields.Tokens("bos_token_id", fields.Document.BosTokenId) is [int begin, ..] ? begin : null,
            EndTokens = fields.Tokens("eos_token_id", fields.Document.EosTokenId),
        };
        return generationText is null ? config : WithGenerationTokens(config, path, generationText);
    }

    private static ModelConfig WithGenerationTokens(ModelConfig config, string path, string generationText)
    {
        string source = $"{path} (generation config)";
        GenerationDocument generation = ModelFileJson.Parse(source, generationText, ModelFileJson.Default.GenerationDocument);
        var fields = new ConfigFields(source, new ConfigDocument { VocabSize = config.VocabularySize });
        ImmutableArray<int> end = fields.Tokens("eos_token_id", generation.EosTokenId);
        return config with
        {
            BeginToken = fields.Tokens("bos_token_id", generation.BosTokenId) is [int begin, ..] ? begin : config.BeginToken,
            EndTokens = end.IsEmpty ? config.EndTokens : end,
        };
    }
}
