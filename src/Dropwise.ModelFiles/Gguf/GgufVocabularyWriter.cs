using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>The text of a <c>tokenizer.json</c> as GGUF metadata: the inverse of <see cref="GgufTokenizer"/>.</summary>
internal static class GgufVocabularyWriter
{
    // What tokenizer.ggml.token_type says about a token.
    private const int Normal = 1;
    private const int Control = 3;
    private const int UserDefined = 4;

    // The expressions as the families' own files spell them.
    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

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
            if (FamilyOf(root) is not { } family) return false;
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

    /// <summary>The family whose pre-tokenizer a <c>tokenizer.json</c> has.</summary>
    /// <param name="root">The root of the document.</param>
    /// <returns>Null where it is none that GGUF files of byte-level encodings name.</returns>
    private static string? FamilyOf(JsonElement root)
    {
        if (!root.TryGetProperty("model", out JsonElement model) || !model.TryGetProperty("merges", out _)) return null;
        JsonElement pre = root.GetProperty("pre_tokenizer");
        if (pre.ValueKind != JsonValueKind.Object) return null;
        JsonElement[] steps = pre.GetProperty("type").GetString() == "Sequence" ? [.. pre.GetProperty("pretokenizers").EnumerateArray()] : [pre];
        string[] types = [.. steps.Select(static step => step.GetProperty("type").GetString() ?? "")];
        string? expression = steps[0].TryGetProperty("pattern", out JsonElement pattern) && pattern.TryGetProperty("Regex", out JsonElement regex) ? regex.GetString() : null;
        return types switch
        {
            ["ByteLevel"] => "gpt-2",
            ["Digits", "ByteLevel"] => "smollm",
            ["Split", "ByteLevel"] when expression == Llama3 => "llama-bpe",
            ["Split", "ByteLevel"] when expression == Qwen2 => "qwen2",
            _ => null,
        };
    }
}
