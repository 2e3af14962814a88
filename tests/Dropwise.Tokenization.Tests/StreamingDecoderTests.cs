using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>Text out of ids that arrive one by one.</summary>
public sealed class StreamingDecoderTests
{
    [Fact]
    public void A_character_is_held_back_until_its_last_byte()
    {
        StreamingDecoder decoder = SmallTokenizer.ByteLevel().Build().CreateStreamingDecoder(continuesText: true, skipSpecialTokens: false);

        Assert.Equal("a", decoder.Append('a'));
        Assert.Equal("", decoder.Append(0xF0));
        Assert.Equal("", decoder.Append(0x9F));
        Assert.Equal("", decoder.Append(0x98));
        Assert.Equal("😀", decoder.Append(0x80));
        Assert.Equal("", decoder.Finish());
    }

    [Fact]
    public void What_never_becomes_a_character_is_replaced()
    {
        StreamingDecoder decoder = SmallTokenizer.ByteLevel().Build().CreateStreamingDecoder(continuesText: true, skipSpecialTokens: false);

        Assert.Equal("", decoder.Append(0xF0));
        Assert.Equal("\uFFFDx", decoder.Append('x'));
        Assert.Equal("", decoder.Append(0xE2));
        Assert.Equal("\uFFFD", decoder.Finish());
    }

    [Fact]
    public void A_text_that_continues_keeps_its_space()
    {
        Tokenizer tokenizer = SmallTokenizer.ByteFallback().Build();

        Assert.Equal("a", tokenizer.CreateStreamingDecoder(continuesText: false, skipSpecialTokens: false).Append(262));
        Assert.Equal(" a", tokenizer.CreateStreamingDecoder(continuesText: true, skipSpecialTokens: false).Append(262));
    }

    [Fact]
    public void Special_tokens_are_spelled_or_skipped()
    {
        Tokenizer tokenizer = SmallTokenizer.ByteFallback().Build();
        StreamingDecoder spelling = tokenizer.CreateStreamingDecoder(continuesText: false, skipSpecialTokens: false);
        StreamingDecoder skipping = tokenizer.CreateStreamingDecoder(continuesText: false, skipSpecialTokens: true);

        Assert.Equal("<s>", spelling.Append(1));
        Assert.Equal(" a", spelling.Append(262));
        Assert.Equal("", skipping.Append(1));
        Assert.Equal("a", skipping.Append(262));
    }

    [Fact]
    public void The_pieces_of_any_ids_join_to_what_decode_gives()
    {
        Tokenizer tokenizer = Tokenizer.FromFolder(TestData.DefaultModel);
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            // Ids below 259 are mostly single bytes, so that invalid and incomplete sequences are common.
            int[] ids = [.. Enumerable.Range(0, 40).Select(_ => random.Next(random.Next(2) == 0 ? 259 : 4096))];
            StreamingDecoder decoder = tokenizer.CreateStreamingDecoder(continuesText: false, skipSpecialTokens: false);

            string joined = string.Concat(ids.Select(decoder.Append)) + decoder.Finish();

            Assert.Equal(tokenizer.Decode(ids), joined);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(280)]
    [InlineData(int.MaxValue)]
    public void An_id_without_a_token_is_refused(int id)
    {
        var json = SmallTokenizer.ByteLevel();
        json["added_tokens"]![0]!["id"] = 300;
        Tokenizer tokenizer = json.Build();

        var failure = Assert.Throws<TokenizerException>(() => tokenizer.Decode([104, id]));

        Assert.Equal($"small: ids: no token has the id {id}; the vocabulary has 301 ids", failure.Message);
    }
}
