using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>
/// Tokenizer files that somebody made to do harm: they load or are refused in one line that names the file, and what they allocate is in
/// proportion to their size.
/// </summary>
public sealed class HostileFileTests
{
    // What any tokenizer takes whatever its file: the cache of words, the table of characters, tables of expressions.
    private const long FreeBytes = 24L << 20;

    // A byte of JSON becomes an entry of several tables of strings, ids and rules; the worst honest file here takes 150.
    private const int BytesPerByte = 400;

    private static readonly string[] Valid =
    [
        SmallTokenizer.ByteLevel().ToJsonString(),
        SmallTokenizer.ByteFallback().ToJsonString(),
        """
        {"added_tokens": [{"id": 4, "content": "<x>", "lstrip": true, "rstrip": true, "single_word": true, "normalized": true}],
         "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"String": "b"}, "content": "a"}]},
         "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
           {"type": "Split", "pattern": {"Regex": "\\s?\\p{L}{1,3}"}, "behavior": "MergedWithNext", "invert": true},
           {"type": "Digits", "individual_digits": true}, {"type": "Punctuation", "behavior": "Contiguous"}]},
         "decoder": {"type": "Sequence", "decoders": [{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}, {"type": "Fuse"}]},
         "model": {"type": "BPE", "ignore_merges": true, "vocab": {"a": 0, "b": 1, "aa": 2, "?": 3}, "merges": [["a", "a"]], "unk_token": "?", "fuse_unk": true}}
        """,
    ];

    // What stands in for any part of a file.
    private static readonly Gen<string> Value = Gen.OneOf(
        Any(
            "null", "true", "-1", "0", "1", "65536", "70000", "4194303", "2147483647", "9223372036854775807", "1e999", "{}", "[]", "[[]]", "\"\"", "\" \"",
            "\"a\"", "\"\\ud800\"", "\"BPE\"", "\"Sequence\"", "\"ByteLevel\"", "\"Replace\"", "\"Split\"", "\"(a*)*$\"", "\"a{2147483647}\"", "\"((((\"",
            "{\"String\":\"a\"}", "{\"Regex\":\"(?=a)|\"}", "{\"Regex\":\"((a{1000}){1000}){1000}\"}", "{\"type\":\"ByteFallback\"}"),
        Gen.Int[1, 3000].Select(count => $"\"{new string('a', count)}\""),
        Gen.Int[1, 300].Select(count => $"[{string.Join(',', Enumerable.Repeat("\"a\"", count))}]"),
        Gen.Int[1, 200].Select(depth => new string('[', depth) + new string(']', depth)),
        Gen.Int[1, 60].Select(count => Doubling("decoders", count)),
        Gen.Int[1, 60].Select(count => Doubling("normalizers", count)));

    private static readonly Gen<string> Json = Gen.OneOf(
        Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Select(Gen.Int[0, 9999], Value).Array[1, 3]).Select((which, changes) => Replaced(Valid[which], changes)),
        Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Select(Gen.Double[0, 1], Gen.Char[' ', '~']).Array[1, 4]).Select((which, changes) => Overwritten(Valid[which], changes)),
        Gen.Select(Gen.Int[0, Valid.Length - 1], Gen.Double[0, 1]).Select((which, cut) => Valid[which][..(int)(cut * Valid[which].Length)]));

    private static readonly Gen<byte[]> Protobuf = Gen.OneOf(
        Gen.Select(Gen.Double[0, 1], Gen.Byte).Array[1, 6].Select(changes =>
        {
            byte[] bytes = SmallSentencePiece.Model();
            foreach ((double at, byte value) in changes) bytes[(int)(at * (bytes.Length - 1))] = value;
            return bytes;
        }),
        Gen.Select(Gen.Double[0, 1], Gen.Byte.Array[0, 20]).Select((at, inserted) =>
        {
            byte[] bytes = SmallSentencePiece.Model();
            int place = (int)(at * bytes.Length);
            return (byte[])[.. bytes[..place], .. inserted, .. bytes[place..]];
        }),
        Gen.Byte.Array[0, 200]);

    [Fact]
    public void A_changed_json_file_loads_or_is_refused()
    {
        int loaded = Survive(iterations: 3000);

        // A test that only ever saw refusals would not have looked behind the reader.
        Assert.InRange(loaded, 30, 2970);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void A_hundred_thousand_changed_json_files_load_or_are_refused() => Survive(iterations: 100_000);

    [Fact]
    public void A_changed_sentencepiece_file_loads_or_is_refused() =>
        Protobuf.Sample(model => { LoadsOrIsRefused(model.Length, () => Tokenizer.FromSentencePiece(model, "file")); }, iter: 5000, threads: 1);

    [Fact]
    public void A_changed_configuration_loads_or_is_refused()
    {
        const string Configuration = """{"bos_token": "<s>", "eos_token": {"content": "</s>"}, "add_bos_token": true, "chat_template": "<|im_start|>system\nx<|im_end|>"}""";
        Gen.Select(Gen.Int[0, 9999], Value).Array[1, 2].Sample(
            changes =>
            {
                string config = Replaced(Configuration, changes);
                LoadsOrIsRefused(config.Length, () =>
                {
                    ChatTemplate.Read(config, "file").Render([new ChatMessage(ChatRole.User, "Hi")]);
                    return Tokenizer.FromJson(Valid[0], "file", config);
                });
            },
            iter: 500,
            threads: 1);
    }

    [Fact]
    public void A_changed_gguf_vocabulary_loads_or_is_refused() => Gen.Select(
        Any("gpt2", "llama", "bert", ""),
        Any<string?>("gpt-2", "falcon", "deepseek-llm", "?", null),
        Any("a", "b", "ab", "▁", "", "<0x41>", "▁▁", "<s>", "a b").Array[0, 12],
        Gen.Select(Gen.Int[-1, 9].Array[0, 14], Gen.Single.Array[0, 12], Any("a b", "a", "", "a  b", "x y").Array[0, 5]),
        Gen.Int[-2, 14],
        Gen.Bool).Sample(
            (model, split, tokens, lists, id, adds) => { LoadsOrIsRefused(1000, () =>
            {
                var vocabulary = new GgufVocabulary
                {
                    Source = "file", Model = model, PreTokenizer = split, Tokens = tokens, Types = lists.Item1, Scores = lists.Item2, Merges = lists.Item3,
                    BeginOfTextId = id, UnknownId = id, EndOfTextId = id, AddsBeginOfText = adds, AddsEndOfText = adds, AddsSpacePrefix = adds,
                };
                return Tokenizer.FromJson(vocabulary.ToTokenizerJson(), "file", vocabulary.ToConfigJson());
            }); },
            iter: 3000,
            threads: 1);

    [Theory]
    [InlineData("normalizers", "normalizer", "normalizer: makes a text more than 16 times as long")]
    [InlineData("decoders", "decoder", "decoder: makes a token more than 4 times as long")]
    public void Replacements_that_double_a_text_again_and_again_are_refused(string list, string part, string message)
    {
        JsonObject json = SmallTokenizer.ByteLevel();
        json[part] = JsonNode.Parse(Doubling(list, 60));

        Assert.Equal($"small: {message}", Assert.Throws<TokenizerException>(() => json.Build().Encode(new string('a', 5000))).Message);
    }

    private static Gen<T> Any<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static int Survive(int iterations)
    {
        int loaded = 0;
        Json.Sample(json => { loaded += LoadsOrIsRefused(Encoding.UTF8.GetByteCount(json), () => Tokenizer.FromJson(json, "file")) ? 1 : 0; }, iter: iterations, threads: 1);
        return loaded;
    }

    private static bool LoadsOrIsRefused(int fileBytes, Func<Tokenizer> load)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool loads = true;
        try
        {
            Tokenizer tokenizer = load();
            tokenizer.Decode(tokenizer.Encode("ab  é😀 <s> b12", addSpecialTokens: true));
        }
        catch (TokenizerException refused)
        {
            Assert.StartsWith("file", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', refused.Message);
            loads = false;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.True(allocated <= FreeBytes + ((long)BytesPerByte * fileBytes), $"{allocated} bytes for a file of {fileBytes}");
        return loads;
    }

    private static string Doubling(string list, int count)
    {
        string step = """{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}""";
        return $$"""{"type": "Sequence", "{{list}}": [{{string.Join(',', Enumerable.Repeat(step, count))}}]}""";
    }

    /// <summary>The document with some of its values replaced.</summary>
    private static string Replaced(string json, (int Which, string Value)[] changes)
    {
        JsonNode root = JsonNode.Parse(json)!;
        for (int index = 0; index < changes.Length; index++)
        {
            List<JsonNode> places = [];
            Collect(root, places);
            places[changes[index].Which % places.Count].ReplaceWith(JsonValue.Create($"change {index}"));
        }

        // Put in as text, because not all of it is JSON that a document could hold.
        string text = root.ToJsonString();
        for (int index = 0; index < changes.Length; index++)
            text = text.Replace($"\"change {index}\"", changes[index].Value, StringComparison.Ordinal);
        return text;
    }

    /// <summary>All values below a node, but those of a long vocabulary: they would crowd out the rest.</summary>
    private static void Collect(JsonNode node, List<JsonNode> places)
    {
        const int Shown = 8;
        IEnumerable<JsonNode?> children = node switch
        {
            JsonObject members => members.Select(member => member.Value).Take(Shown),
            JsonArray items => items.Take(Shown),
            _ => [],
        };
        foreach (JsonNode child in children.OfType<JsonNode>())
        {
            places.Add(child);
            Collect(child, places);
        }
    }

    private static string Overwritten(string json, (double At, char Value)[] changes)
    {
        char[] characters = json.ToCharArray();
        foreach ((double at, char value) in changes) characters[(int)(at * (characters.Length - 1))] = value;
        return new string(characters);
    }
}
