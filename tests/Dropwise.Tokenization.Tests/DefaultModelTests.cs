using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>The tokenizer of the embedded default model, which every checkout has.</summary>
public sealed class DefaultModelTests
{
    private readonly Tokenizer _tokenizer = Tokenizer.FromFolder(TestData.DefaultModel);

    [Fact]
    public void A_sentence_gives_the_ids_that_the_model_was_trained_on()
    {
        // The first line of text/tinystories.txt in reference-ids.json.
        const string Text = "One day, a little girl named Lily found a needle in her room. She knew it was difficult to play with it "
            + "because it was sharp. Lily wanted to share the needle with her mom, so she could sew a button on her shirt.";
        int[] expected =
        [
            378, 328, 14, 261, 359, 427, 380, 310, 490, 261, 3745, 326, 302, 688, 16, 332, 641, 309, 284, 2667, 267, 322, 325, 309, 582,
            309, 284, 2063, 16, 310, 430, 267, 886, 265, 3745, 325, 302, 333, 14, 385, 338, 452, 476, 89, 261, 2133, 354, 302, 2008, 16,
        ];

        Assert.Equal(expected, _tokenizer.Encode(Text));
        Assert.Equal(Text, _tokenizer.Decode(expected));
    }

    [Fact]
    public void The_held_out_text_gives_the_count_that_its_perplexity_is_measured_on()
    {
        string text = File.ReadAllText(Path.Combine(TestData.DefaultModel, "heldout.txt"));

        int[] ids = _tokenizer.Encode(text);

        Assert.Equal(222_251, ids.Length);
        Assert.Equal("750015e7c54936e704db1971ecd03fae2efd87dbcbd24f94c317c590cd39fe16", ReferenceIds.Checksum(ids));
    }

    [Fact]
    public void The_tokens_that_begin_and_end_a_text_are_known()
    {
        Assert.Equal(0, _tokenizer.BeginOfTextId);
        Assert.Equal(1, _tokenizer.EndOfTextId);
        Assert.Equal(4096, _tokenizer.VocabularySize);
        Assert.Equal("<|eos|>", _tokenizer.IdToToken(1));
        Assert.Equal(0, _tokenizer.TokenToId("<|bos|>"));
        Assert.True(_tokenizer.IsSpecial(2));
        Assert.False(_tokenizer.IsSpecial(3));
        Assert.Null(_tokenizer.TokenToId("no such token"));
        Assert.Null(_tokenizer.IdToToken(-1));
        Assert.Null(_tokenizer.IdToToken(4096));
    }

    [Fact]
    public void Special_tokens_are_recognised_where_spelled_and_added_only_when_asked_for()
    {
        int[] story = _tokenizer.Encode("Once upon a time");

        Assert.DoesNotContain(0, story);
        Assert.Equal([0, .. story], _tokenizer.Encode("Once upon a time", addSpecialTokens: true));
        Assert.Equal([0, .. story, 1], _tokenizer.Encode("<|bos|>Once upon a time<|eos|>"));
        Assert.Equal("<|bos|>Once upon a time<|eos|>", _tokenizer.Decode([0, .. story, 1]));
        Assert.Equal("Once upon a time", _tokenizer.Decode([0, .. story, 1], skipSpecialTokens: true));
    }

    [Fact]
    public void An_empty_text_has_no_ids()
    {
        Assert.Empty(_tokenizer.Encode(""));
        Assert.Equal([0], _tokenizer.Encode("", addSpecialTokens: true));
        Assert.Equal("", _tokenizer.Decode([]));
    }
}
