namespace Dropwise.Tokenization.Tests;

/// <summary>Byte-level encodings on a tokenizer that is small enough to follow by hand.</summary>
public sealed class ByteLevelTests
{
    [Fact]
    public void Merges_are_applied_in_order_of_rank_inside_of_words()
    {
        Tokenizer tokenizer = SmallTokenizer.ByteLevel().Build();

        Assert.Equal([258, 'o', 259, 'o', 260], tokenizer.Encode("hello wo<end>"));
    }

    [Fact]
    public void Characters_become_their_utf8_bytes()
    {
        Tokenizer tokenizer = SmallTokenizer.ByteLevel().Build();

        Assert.Equal([0xF0, 0x9F, 0x98, 0x80], tokenizer.Encode("😀"));
        Assert.Equal([0xEF, 0xBF, 0xBD], tokenizer.Encode("\ud83d"));
        Assert.Equal("\uFFFD", tokenizer.Decode(tokenizer.Encode("\ude00")));
    }

    [Fact]
    public void A_piece_that_is_a_token_is_taken_whole_where_merges_are_ignored()
    {
        var json = SmallTokenizer.ByteLevel();
        json["model"]!["merges"] = SmallTokenizer.Parse("""{"m": [["h", "e"]]}""")["m"]!.DeepClone();

        Assert.Equal([256, 'l', 'l'], json.Build().Encode("hell"));
        json["model"]!["ignore_merges"] = true;
        Assert.Equal([258], json.Build().Encode("hell"));
        Assert.Equal([256, 'l', 'l', 'o'], json.Build().Encode("hello"));
    }

    [Fact]
    public void A_byte_without_a_token_is_dropped_or_unknown()
    {
        var json = SmallTokenizer.ByteLevel();
        json["model"]!["vocab"]!.AsObject().Remove("z");

        Assert.Equal(['a', 'b'], json.Build().Encode("azb"));
        json["model"]!["unk_token"] = "?";
        Assert.Equal(['a', '?', '?', 'b'], json.Build().Encode("azzb"));
        json["model"]!["fuse_unk"] = true;
        Assert.Equal(['a', '?', 'b'], json.Build().Encode("azzb"));
    }

    [Fact]
    public void A_prefix_space_is_added_where_there_is_none()
    {
        var json = SmallTokenizer.ByteLevel();
        json["pre_tokenizer"]!["add_prefix_space"] = true;

        Assert.Equal([259], json.Build().Encode("w"));
        Assert.Equal([259], json.Build().Encode(" w"));
        Assert.Empty(json.Build().Encode(""));
    }

    [Fact]
    public void Of_two_rules_for_one_pair_the_last_one_holds()
    {
        var json = SmallTokenizer.ByteLevel();
        json["model"]!["merges"]!.AsArray().Add("h e");

        // Now "ll" is joined before "he"; the ids stay the same, and the package's complaint does not come through.
        Assert.Equal([258, 'o'], json.Build().Encode("hello"));
    }

    [Fact]
    public void The_byte_alphabet_is_the_one_of_gpt2()
    {
        Assert.Equal(256, ByteAlphabet.Characters.Distinct().Count());
        Assert.Equal('Ġ', ByteAlphabet.Characters[' ']);
        Assert.Equal('Ċ', ByteAlphabet.Characters['\n']);
        Assert.Equal('A', ByteAlphabet.Characters['A']);
        for (int value = 0; value < 256; value++)
        {
            Assert.True(ByteAlphabet.TryGetByte(ByteAlphabet.Characters[value], out byte back));
            Assert.Equal(value, back);
        }
        Assert.False(ByteAlphabet.TryGetByte(' ', out _));
        Assert.False(ByteAlphabet.TryGetByte('▁', out _));
    }
}
