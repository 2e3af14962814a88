using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dropwise.Tokenization.SentencePiece;

namespace Dropwise.Tokenization.Gguf;

/// <summary>Writes a GGUF vocabulary as <c>tokenizer.json</c> and <c>tokenizer_config.json</c>.</summary>
internal static class VocabularyJson
{
    private const string Prefix = "tokenizer.ggml.";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes <c>tokenizer.json</c>.</summary>
    internal static string Write(GgufVocabulary vocabulary)
    {
        Check(vocabulary);
        return vocabulary.Model switch
        {
            "gpt2" => Text(json => WriteByteLevel(json, vocabulary)),
            "llama" => Text(json => WriteSentencePiece(json, vocabulary)),
            string other => throw Fail(vocabulary, "model", $"{TokenizerException.Quote(other)} is not supported, only 'gpt2' and 'llama' are"),
        };
    }

    /// <summary>Writes <c>tokenizer_config.json</c>.</summary>
    internal static string WriteConfig(GgufVocabulary vocabulary) => Text(json =>
    {
        json.WriteStartObject();
        json.WriteBoolean("add_bos_token", AddsBegin(vocabulary));
        json.WriteBoolean("add_eos_token", AddsEnd(vocabulary));
        if (vocabulary.BeginOfTextId is int begin)
            json.WriteString("bos_token", Token(vocabulary, "bos_token_id", begin));
        if (vocabulary.EndOfTextId is int end)
            json.WriteString("eos_token", Token(vocabulary, "eos_token_id", end));
        if (vocabulary.ChatTemplate is string template)
            json.WriteString("chat_template", template);
        json.WriteEndObject();
    });

    private static void Check(GgufVocabulary vocabulary)
    {
        int count = vocabulary.Tokens.Count;
        if (count is 0 or > Vocabulary.IdLimit)
            throw Fail(vocabulary, "tokens", $"there are {count}; 1 to {Vocabulary.IdLimit} are supported");
        if (vocabulary.Types.Count > count)
            throw Fail(vocabulary, "token_type", $"has {vocabulary.Types.Count} entries for {count} tokens");
    }

    private static void WriteByteLevel(Utf8JsonWriter json, GgufVocabulary vocabulary)
    {
        FamilySplit split = FamilySplit.Find(vocabulary.PreTokenizer) ?? throw Fail(
            vocabulary, "pre", $"{TokenizerException.Quote(vocabulary.PreTokenizer ?? "")} is not supported; known are {FamilySplit.Names}");
        json.WriteStartObject();
        WriteAddedTokens(json, vocabulary);
        if (split.Composes)
            WriteRaw(json, "normalizer", """{"type":"NFC"}""");
        json.WritePropertyName("pre_tokenizer");
        split.Write(json);
        WriteTemplate(json, vocabulary);
        WriteRaw(json, "decoder", """{"type":"ByteLevel"}""");

        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteBoolean("ignore_merges", split.IgnoresMerges);
        WriteTokens(json, vocabulary);
        json.WriteStartArray("merges");
        foreach (string merge in vocabulary.Merges)
            json.WriteStringValue(merge);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteSentencePiece(Utf8JsonWriter json, GgufVocabulary vocabulary)
    {
        bool addsPrefix = vocabulary.AddsSpacePrefix ?? true;
        json.WriteStartObject();
        WriteAddedTokens(json, vocabulary);
        WriteRaw(json, "normalizer", addsPrefix
            ? """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}"""
            : """{"type":"Replace","pattern":{"String":" "},"content":"▁"}""");
        WriteTemplate(json, vocabulary);
        WriteRaw(json, "decoder", addsPrefix
            ? """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""
            : """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"}]}""");

        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        if (vocabulary.UnknownId is int unknown)
            json.WriteString("unk_token", Token(vocabulary, "unknown_token_id", unknown));
        json.WriteBoolean("fuse_unk", true);
        json.WriteBoolean("byte_fallback", vocabulary.HasByteFallback);
        WriteTokens(json, vocabulary);
        WriteMergesByScore(json, vocabulary);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Scores become an order of rules; of one score the rules with the lower ids go first, as Hugging Face's conversion has it.</summary>
    private static void WriteMergesByScore(Utf8JsonWriter json, GgufVocabulary vocabulary)
    {
        if (vocabulary.Scores.Count != vocabulary.Tokens.Count)
            throw Fail(vocabulary, "scores", $"has {vocabulary.Scores.Count} entries for {vocabulary.Tokens.Count} tokens");
        var ids = new Dictionary<string, int>(vocabulary.Tokens.Count);
        var pieces = new List<Piece>(vocabulary.Tokens.Count);
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            string token = vocabulary.Tokens[id];
            if (token.Length is 0 or > SentencePieceReader.LongestPiece || !ids.TryAdd(token, id))
                throw Fail(vocabulary, $"tokens[{id}]", $"is empty, longer than {SentencePieceReader.LongestPiece} characters or there twice");
            pieces.Add(new Piece(token, vocabulary.Scores[id], Type(vocabulary, id)));
        }
        json.WriteStartArray("merges");
        foreach (Models.MergeRule rule in MergesByScore.Create(pieces, ids).OrderBy(rule => (rule.Rank, rule.Left, rule.Right)))
        {
            json.WriteStartArray();
            json.WriteStringValue(vocabulary.Tokens[rule.Left]);
            json.WriteStringValue(vocabulary.Tokens[rule.Right]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    private static void WriteTokens(Utf8JsonWriter json, GgufVocabulary vocabulary)
    {
        json.WriteStartObject("vocab");
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
            json.WriteNumber(vocabulary.Tokens[id], id);
        json.WriteEndObject();
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, GgufVocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < vocabulary.Types.Count; id++)
        {
            PieceType type = Type(vocabulary, id);
            if (type is not (PieceType.Unknown or PieceType.Control or PieceType.UserDefined) || vocabulary.Tokens[id].Length == 0)
                continue;
            json.WriteStartObject();
            json.WriteNumber("id", id);
            // They are looked for in the text as given, where a ▁ of a SentencePiece token is a space.
            json.WriteString("content", vocabulary.Model == "llama" ? vocabulary.Tokens[id].Replace('▁', ' ') : vocabulary.Tokens[id]);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", type != PieceType.UserDefined);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTemplate(Utf8JsonWriter json, GgufVocabulary vocabulary)
    {
        string? begin = AddsBegin(vocabulary) && vocabulary.BeginOfTextId is int first ? Token(vocabulary, "bos_token_id", first) : null;
        string? end = AddsEnd(vocabulary) && vocabulary.EndOfTextId is int last ? Token(vocabulary, "eos_token_id", last) : null;
        if (begin is null && end is null)
            return;
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        json.WriteStartArray("single");
        WriteTemplateToken(json, begin);
        json.WriteRawValue("""{"Sequence":{"id":"A","type_id":0}}""");
        WriteTemplateToken(json, end);
        json.WriteEndArray();
        json.WriteStartObject("special_tokens");
        if (begin is not null)
            WriteTemplateIds(json, begin, vocabulary.BeginOfTextId!.Value);
        if (end is not null && end != begin)
            WriteTemplateIds(json, end, vocabulary.EndOfTextId!.Value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTemplateToken(Utf8JsonWriter json, string? token)
    {
        if (token is null)
            return;
        json.WriteStartObject();
        json.WriteStartObject("SpecialToken");
        json.WriteString("id", token);
        json.WriteNumber("type_id", 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteTemplateIds(Utf8JsonWriter json, string token, int id)
    {
        json.WriteStartObject(token);
        json.WriteString("id", token);
        json.WriteStartArray("ids");
        json.WriteNumberValue(id);
        json.WriteEndArray();
        json.WriteStartArray("tokens");
        json.WriteStringValue(token);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Where the file does not say, a SentencePiece model puts its begin token before a text and others do not.</summary>
    private static bool AddsBegin(GgufVocabulary vocabulary) =>
        vocabulary.AddsBeginOfText ?? (vocabulary.Model == "llama" || FamilySplit.Find(vocabulary.PreTokenizer) is { AddsBeginOfText: true });

    private static bool AddsEnd(GgufVocabulary vocabulary) => vocabulary.AddsEndOfText ?? false;

    private static PieceType Type(GgufVocabulary vocabulary, int id) =>
        id < vocabulary.Types.Count ? (PieceType)vocabulary.Types[id] : PieceType.Normal;

    private static string Token(GgufVocabulary vocabulary, string key, int id) => id >= 0 && id < vocabulary.Tokens.Count
        ? vocabulary.Tokens[id]
        : throw Fail(vocabulary, key, $"the id {id} is outside of the {vocabulary.Tokens.Count} tokens");

    private static void WriteRaw(Utf8JsonWriter json, string name, string value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value);
    }

    private static string Text(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
            write(json);
        return Encoding.UTF8.GetString(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private static TokenizerException Fail(GgufVocabulary vocabulary, string key, string problem) => new(vocabulary.Source, Prefix + key, problem);
}
