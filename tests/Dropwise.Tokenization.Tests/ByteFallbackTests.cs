namespace Dropwise.Tokenization.Tests;

/// <summary>Encodings of Llama 2's kind on a tokenizer that is small enough to follow by hand.</summary>
public sealed class ByteFallbackTests
{
    [Fact]
    public void A_text_begins_with_a_word_start_and_spaces_become_word_starts()
    {
        Tokenizer tokenizer = SmallTokenizer.ByteFallback().Build();

        Assert.Equal([258, 261, 258, 261], tokenizer.Encode("ab ab"));
        Assert.Equal([262, 262], tokenizer.Encode("a a"));
        Assert.Equal([263, 258, 260], tokenizer.Encode("  b"));
        Assert.Equal([1, 262], tokenizer.Encode("a", addSpecialTokens: true));
    }

    [Fact]
    public void Every_text_between_added_tokens_begins_with_a_word_start()
    {
        Tokenizer tokenizer = SmallTokenizer.ByteFallback().Build();

        Assert.Equal([262, 1, 262], tokenizer.Encode("a<s>a"));
        Assert.Equal("a<s> a", tokenizer.Decode([262, 1, 262]));
    }

    [Fact]
    public void A_character_without_a_token_becomes_its_bytes()
    {
        Tokenizer tokenizer = SmallTokenizer.ByteFallback().Build();

        int[] ids = tokenizer.Encode("aé😀");

        Assert.Equal([262, 0xC3 + 2, 0xA9 + 2, 0xF0 + 2, 0x9F + 2, 0x98 + 2, 0x80 + 2], ids);
        Assert.Equal("aé😀", tokenizer.Decode(ids));
    }

    [Fact]
    public void A_character_with_a_missing_byte_is_unknown()
    {
        var json = SmallTokenizer.ByteFallback();
        json["model"]!["vocab"]!.AsObject().Remove("<0xA9>");

        Assert.Equal([262, 0, 260], json.Build().Encode("aééb"));
        json["model"]!["fuse_unk"] = false;
        Assert.Equal([262, 0, 0, 260], json.Build().Encode("aééb"));
    }

    [Fact]
    public void Decoding_takes_one_space_off_the_beginning()
    {
        Tokenizer tokenizer = SmallTokenizer.ByteFallback().Build();

        Assert.Equal("ab", tokenizer.Decode([258, 261]));
        Assert.Equal(" ab", tokenizer.Decode([263, 261]));
        Assert.Equal("b a", tokenizer.Decode([260, 262]));
    }

    [Theory]
    [InlineData("always", new[] { 262, 1, 262 })]
    [InlineData("first", new[] { 262, 1, 259 })]
    [InlineData("never", new[] { 259, 1, 259 })]
    public void Metaspace_prepends_as_its_scheme_says(string scheme, int[] expected)
    {
        var json = SmallTokenizer.ByteFallback();
        json["normalizer"] = null;
        json["pre_tokenizer"] = SmallTokenizer.Parse(
            $$"""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "{{scheme}}", "split": false}""");

        Assert.Equal(expected, json.Build().Encode("a<s>a"));
        Assert.Equal(json.Build().Encode(" a"), json.Build().Encode("▁a"));
    }
}
