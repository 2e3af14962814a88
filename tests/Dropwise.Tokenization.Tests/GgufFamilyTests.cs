using System.Text.Json;

namespace Dropwise.Tokenization.Tests;

/// <summary>What GGUF files call a split, from the split alone.</summary>
public sealed class GgufFamilyTests
{
    [Theory]
    [InlineData("gpt-2")]
    [InlineData("smollm")]
    [InlineData("llama-bpe")]
    [InlineData("qwen2")]
    [InlineData("tekken")]
    [InlineData("gpt-4o")]
    [InlineData("falcon")]
    [InlineData("deepseek-llm")]
    [InlineData("deepseek-coder")]
    [InlineData("deepseek-v3")]
    public void A_family_is_found_by_its_split(string name)
    {
        var vocabulary = new GgufVocabulary { Source = "small", Model = "gpt2", PreTokenizer = name, Tokens = ["a"] };
        using JsonDocument json = JsonDocument.Parse(vocabulary.ToTokenizerJson());
        Assert.Equal(name, GgufFamily.Of(json.RootElement.GetProperty("pre_tokenizer")));
    }

    [Theory]
    [InlineData("null", null)]
    [InlineData("""{"type": "ByteLevel"}""", "gpt-2")]
    [InlineData("""{"type": "ByteLevel", "use_regex": false}""", null)]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "ByteLevel", "use_regex": true}]}""", "smollm")]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": false}, {"type": "ByteLevel", "use_regex": true}]}""", null)]
    [InlineData("""{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "x"}, "behavior": "Isolated"}, {"type": "ByteLevel", "use_regex": false}]}""", null)]
    [InlineData("""{"type": "Metaspace"}""", null)]
    public void What_no_family_does_has_no_name(string preTokenizer, string? expected)
    {
        using JsonDocument json = JsonDocument.Parse(preTokenizer);
        Assert.Equal(expected, GgufFamily.Of(json.RootElement));
    }
}
