using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dropwise.ModelFiles;

/// <summary>
/// The vocabulary of a GGUF file as the <c>tokenizer.json</c> that the model would have in a Hugging Face folder: byte-level byte-pair encodings, whose
/// pre-tokenizer the file names by the family.
/// </summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";

    // What tokenizer.ggml.token_type says about a token.
    private const long Control = 3;
    private const long UserDefined = 4;

    private const string ByteLevel = """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}""";

    // The expressions stand as the families' own files spell them, because that is how Tokenization knows its compiled ones.
    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Qwen2 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Writes the text of <c>tokenizer.json</c>.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="problem">Receives why there is none, or null.</param>
    /// <returns>Null where the file has no vocabulary, or one of another kind.</returns>
    /// <exception cref="ModelFileException">The vocabulary is broken.</exception>
    public static string? Write(string path, GgufMetadata metadata, out string? problem)
    {
        problem = null;
        string model = metadata.Find(Prefix + "model")?.Text() ?? "no";
        string pre = metadata.Find(Prefix + "pre")?.Text() ?? "default";
        string? preTokenizer = PreTokenizer(pre);
        if (model != "gpt2") problem = $"key '{Prefix}model' is '{model}'; supported is gpt2";
        else if (preTokenizer is null) problem = $"key '{Prefix}pre' is '{pre}'; supported are gpt-2, smollm, llama-bpe, qwen2";
        if (problem is not null) return null;

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            string[] tokens = [.. metadata[Prefix + "tokens"].Texts()];
            long[] types = metadata.Find(Prefix + "token_type")?.Integers().ToArray() ?? [];
            if (types.Length > tokens.Length) throw new ModelFileException(path, $"key '{Prefix}token_type' has {types.Length} entries for {tokens.Length} tokens");
            json.WriteStartObject();
            AddedTokens(json, tokens, types);
            if (pre == "qwen2") json.WriteRaw("normalizer", """{"type":"NFC"}""");
            json.WriteRaw("pre_tokenizer", preTokenizer!);
            if (metadata.Find(Prefix + "add_bos_token")?.Flag() == true) BeginToken(json, path, metadata, tokens);
            json.WriteRaw("decoder", ByteLevel);
            Model(json, tokens, metadata[Prefix + "merges"], ignoresMerges: pre == "llama-bpe");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Writes the text of <c>tokenizer_config.json</c>: what begins and ends a text, and the chat template.</summary>
    /// <param name="metadata">The file's metadata.</param>
    public static string WriteConfig(GgufMetadata metadata)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            if (metadata.Find(Prefix + "add_bos_token") is { } adds) json.WriteBoolean("add_bos_token", adds.Flag());
            foreach (string name in (ReadOnlySpan<string>)["bos_token", "eos_token"])
            {
                if (metadata.Find($"{Prefix}{name}_id") is { } id && metadata.Find(Prefix + "tokens") is { } tokens && tokens.Texts().ElementAtOrDefault((int)Math.Min(id.Integer(), int.MaxValue)) is { } text)
                    json.WriteString(name, text);
            }

            if (metadata.Find("tokenizer.chat_template") is { } template) json.WriteString("chat_template", template.Text());
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>The family whose pre-tokenizer a <c>tokenizer.json</c> has.</summary>
    /// <param name="root">The root of the document.</param>
    /// <returns>Null where it is none that GGUF files of byte-level encodings name.</returns>
    public static string? FamilyOf(JsonElement root)
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

    private static string? PreTokenizer(string name) => name switch
    {
        "gpt-2" or "default" => ByteLevel,
        "smollm" => $$"""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{{ByteLevel}}]}""",
        "llama-bpe" => Splitting(Llama3),
        "qwen2" => Splitting(Qwen2),
        _ => null,
    };

    private static string Splitting(string expression) =>
        $$$"""{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"{{{JsonEncodedText.Encode(expression)}}}"},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]}""";

    private static void WriteRaw(this Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }

    private static void AddedTokens(Utf8JsonWriter json, string[] tokens, long[] types)
    {
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < types.Length; id++)
        {
            if (types[id] is not (Control or UserDefined) || tokens[id].Length == 0) continue;
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", tokens[id]);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", types[id] == Control);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void BeginToken(Utf8JsonWriter json, string path, GgufMetadata metadata, string[] tokens)
    {
        long id = metadata[Prefix + "bos_token_id"].Integer();
        if (id < 0 || id >= tokens.Length) throw new ModelFileException(path, $"key '{Prefix}bos_token_id' is {id}, outside the {tokens.Length} tokens");
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        json.WriteStartObject();
        json.WriteStartObject("SpecialToken");
        json.WriteString("id", tokens[id]);
        json.WriteNumber("type_id", 0);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteRawValue("""{"Sequence":{"id":"A","type_id":0}}""");
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        json.WriteStartObject(tokens[id]);
        json.WriteStartArray("ids");
        json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Model(Utf8JsonWriter json, string[] tokens, GgufValue merges, bool ignoresMerges)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteBoolean("ignore_merges", ignoresMerges);
        json.WriteStartObject("vocab");
        for (int id = 0; id < tokens.Length; id++) json.WriteNumber(tokens[id], id);
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (string merge in merges.Texts()) json.WriteStringValue(merge);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
