using System.Text.Json.Nodes;
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

    [Fact]
    public void Digits_of_falcon_are_found_among_bytes()
    {
        // The pre-tokenizer of Falcon's tokenizer.json. The second byte of ò (C3 B2) is spelled ², which counts as a number there.
        JsonObject json = SmallTokenizer.ByteLevel();
        json["pre_tokenizer"] = JsonNode.Parse("""
            {"type": "Sequence", "pretokenizers": [
              {"type": "Punctuation", "behavior": "Contiguous"},
              {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
              {"type": "Digits", "individual_digits": false},
              {"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": false}]}
            """);
        JsonNode model = json["model"]!;
        int next = 260;
        foreach (string token in (string[])["12", "123", "45", "3a", "Ã²", "Ã©"])
            model["vocab"]![token] = next++;
        json["added_tokens"] = new JsonArray();
        foreach (string merge in (string[])["1 2", "12 3", "4 5", "3 a", "Ã ²", "Ã ©"])
            model["merges"]!.AsArray().Add(merge);
        Tokenizer tokenizer = json.Build();

        Assert.Equal(["123", "45"], tokenizer.Encode("12345").Select(tokenizer.IdToToken));
        Assert.Equal(["3", "a"], tokenizer.Encode("3a").Select(tokenizer.IdToToken));
        Assert.Equal(["Ã", "²"], tokenizer.Encode("ò").Select(tokenizer.IdToToken));
        Assert.Equal(["Ã©"], tokenizer.Encode("é").Select(tokenizer.IdToToken));
    }
}
