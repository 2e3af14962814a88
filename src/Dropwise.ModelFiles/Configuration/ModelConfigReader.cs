using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Dropwise.ModelFiles;

/// <summary>Turns a configuration's text into a <see cref="ModelConfig"/>: finds the family and lets its reader do the rest.</summary>
internal static class ModelConfigReader
{
    // A family is one line here and one file.
    private static readonly FrozenDictionary<string, Func<DecoderFields, ModelConfig>> Families =
        new Dictionary<string, Func<DecoderFields, ModelConfig>>(StringComparer.Ordinal)
        {
            ["falcon"] = FalconConfig.Read,
            ["gemma"] = GemmaConfig.Read,
            ["gemma2"] = Gemma2Config.Read,
            ["gemma3"] = Gemma3Config.ReadWithImages,
            ["gemma3_text"] = Gemma3Config.Read,
            ["llama"] = LlamaConfig.Read,
            ["mistral"] = MistralConfig.Read,
            ["mixtral"] = MixtralConfig.Read,
            ["qwen2"] = Qwen2Config.Read,
            ["qwen3"] = Qwen3Config.Read,
            ["qwen3_moe"] = Qwen3MixtureConfig.Read,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Reads a configuration.</summary>
    /// <param name="path">Where the text is from, for messages.</param>
    /// <param name="configText">The text of <c>config.json</c>.</param>
    /// <param name="generationText">The text of <c>generation_config.json</c>, or null.</param>
    /// <exception cref="ModelFileException">The text is not JSON, a field is missing or invalid, or the architecture is not supported.</exception>
    public static ModelConfig Read(string path, string configText, string? generationText)
    {
        var fields = ConfigFields.Parse(path, configText);
        string type = fields.Text("model_type") ?? throw fields.Missing("model_type");
        if (!Families.TryGetValue(type, out Func<DecoderFields, ModelConfig>? read))
            throw fields.Invalid("model_type", $"is '{type}'; supported are {string.Join(", ", Families.Keys.Order(StringComparer.Ordinal))}");

        ModelConfig config = read(new DecoderFields(fields));
        config = config with
        {
            ModelType = type,
            SavedType = fields.Text("dtype") ?? fields.Text("torch_dtype"),
            BeginToken = fields.Tokens("bos_token_id", config.VocabularySize) is [int begin, ..] ? begin : null,
            EndTokens = fields.Tokens("eos_token_id", config.VocabularySize),
        };
        return generationText is null ? config : WithGenerationTokens(config, path, generationText);
    }

    private static ModelConfig WithGenerationTokens(ModelConfig config, string path, string generationText)
    {
        var fields = ConfigFields.Parse($"{path} (generation config)", generationText);
        ImmutableArray<int> end = fields.Tokens("eos_token_id", config.VocabularySize);
        return config with
        {
            BeginToken = fields.Tokens("bos_token_id", config.VocabularySize) is [int begin, ..] ? begin : config.BeginToken,
            EndTokens = end.IsEmpty ? config.EndTokens : end,
        };
    }
}
