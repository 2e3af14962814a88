using System.Text.Json;
using Dropwise.Tokenization;

namespace Dropwise.ModelFiles;

/// <summary>The text of a <c>tokenizer.json</c> as GGUF metadata: the inverse of <see cref="GgufTokenizer"/>.</summary>
internal static class GgufVocabularyWriter
{
    // What tokenizer.ggml.token_type says about a token.
    private const int Normal = 1;
    private const int Control = 3;
    private const int UserDefined = 4;

    /// <summary>Adds the vocabulary to a file's metadata.</summary>
    /// <param name="metadata">Receives the keys.</param>
    /// <param name="source">The model, whose texts may have a tokenizer.</param>
    /// <returns>Whether the vocabulary is one that GGUF files of this kind hold; otherwise nothing was added.</returns>
    /// <exception cref="ModelFileException">The tokenizer is broken.</exception>
    public static bool Add(GgufMetadataBuilder metadata, ModelSource source)
    {
        if (source.Texts.Tokenizer is not { } text) return false;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            if (!root.TryGetProperty("model", out JsonElement model) || !model.TryGetProperty("merges", out _)) return false;
            if (GgufFamily.Of(root.GetProperty("pre_tokenizer")) is not { } family) return false;
            AddTokens(metadata, root, family, source.Config);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new ModelFileException(source.Path, $"has a tokenizer that cannot be read: {e.Message}", e);
        }
    }

    private static void AddTokens(GgufMetadataBuilder metadata, JsonElement root, string family, ModelConfig config)
    {
        string[] tokens = new string[config.VocabularySize];
        int[] types = new int[config.VocabularySize];
        Array.Fill(types, Normal);
        foreach (JsonProperty token in root.GetProperty("model").GetProperty("vocab").EnumerateObject()) Place(token.Value.GetInt32(), token.Name, Normal);
        foreach (JsonElement token in root.GetProperty("added_tokens").EnumerateArray())
            Place(token.GetProperty("id").GetInt32(), token.GetProperty("content").GetString()!, token.GetProperty("special").GetBoolean() ? Control : UserDefined);

        // A vocabulary may be padded: rows that no token has.
        for (int id = 0; id < tokens.Length; id++) tokens[id] ??= $"[PAD{id}]";
        metadata.Text("tokenizer.ggml.model", "gpt2");
        metadata.Text("tokenizer.ggml.pre", family);
        metadata.Texts("tokenizer.ggml.tokens", tokens);
        metadata.Integers("tokenizer.ggml.token_type", types);
        metadata.Texts("tokenizer.ggml.merges", [.. root.GetProperty("model").GetProperty("merges").EnumerateArray().Select(static merge =>
            merge.ValueKind == JsonValueKind.Array ? $"{merge[0].GetString()} {merge[1].GetString()}" : merge.GetString()!)]);
        if (config.BeginToken is { } begin) metadata.Integer("tokenizer.ggml.bos_token_id", begin);
        if (config.EndTokens is [int end, ..]) metadata.Integer("tokenizer.ggml.eos_token_id", end);
        metadata.Flag("tokenizer.ggml.add_bos_token", root.TryGetProperty("post_processor", out JsonElement processor) && processor.ToString().Contains("SpecialToken", StringComparison.Ordinal));

        void Place(int id, string token, int type)
        {
            if (id < 0 || id >= tokens.Length) throw new FormatException($"token {id} is outside the {tokens.Length} rows of the embedding");
            tokens[id] = token;
            types[id] = type;
        }
    }
}
