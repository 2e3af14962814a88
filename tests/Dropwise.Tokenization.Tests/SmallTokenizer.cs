using System.Text.Json.Nodes;

namespace Dropwise.Tokenization.Tests;

/// <summary>Texts of tokenizer.json with a handful of tokens, which tests change one part of.</summary>
internal static class SmallTokenizer
{
    /// <summary>Byte-level: all 256 bytes as ids 0..255 in order of their characters' bytes, then "he", "ll", "hell", "Ġw", and &lt;end&gt;.</summary>
    internal static JsonObject ByteLevel()
    {
        var vocabulary = new JsonObject();
        foreach (char character in ByteAlphabet.Characters)
            vocabulary[character.ToString()] = vocabulary.Count;
        foreach (string token in (string[])["he", "ll", "hell", "Ġw"])
            vocabulary[token] = vocabulary.Count;
        return Parse($$"""
            {
              "added_tokens": [{"id": 260, "content": "<end>", "special": true}],
              "normalizer": null,
              "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
              "post_processor": null,
              "decoder": {"type": "ByteLevel"},
              "model": {
                "type": "BPE", "unk_token": null, "vocab": {{vocabulary.ToJsonString()}},
                "merges": [["h", "e"], ["l", "l"], ["he", "ll"], ["Ġ", "w"]]
              }
            }
            """);
    }

    /// <summary>Llama 2 in small: &lt;unk&gt; 0, &lt;s&gt; 1, the bytes 2..257, then ▁ 258, a 259, b 260, ab 261, ▁a 262, ▁▁ 263.</summary>
    internal static JsonObject ByteFallback()
    {
        var vocabulary = new JsonObject { ["<unk>"] = 0, ["<s>"] = 1 };
        for (int value = 0; value < 256; value++)
            vocabulary[$"<0x{value:X2}>"] = vocabulary.Count;
        foreach (string token in (string[])["▁", "a", "b", "ab", "▁a", "▁▁"])
            vocabulary[token] = vocabulary.Count;
        return Parse($$$"""
            {
              "added_tokens": [{"id": 0, "content": "<unk>", "special": true}, {"id": 1, "content": "<s>", "special": true}],
              "normalizer": {"type": "Sequence", "normalizers": [
                {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
              "pre_tokenizer": null,
              "post_processor": {
                "type": "TemplateProcessing",
                "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}
              },
              "decoder": {"type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
              "model": {
                "type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "vocab": {{{vocabulary.ToJsonString()}}},
                "merges": ["a b", "▁ a", "▁ ▁"]
              }
            }
            """);
    }

    /// <summary>A JSON object.</summary>
    internal static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>Builds the tokenizer.</summary>
    internal static Tokenizer Build(this JsonObject json) => Tokenizer.FromJson(json.ToJsonString(), "small");
}
