using System.Text.Json.Nodes;

namespace Dropwise.Tokenization.Tests;

/// <summary>Tokens that are found by their spelling.</summary>
public sealed class AddedTokenTests
{
    [Fact]
    public void The_leftmost_longest_spelling_is_taken()
    {
        Tokenizer tokenizer = With("""{"id": 300, "content": "<end>!", "special": true}""", """{"id": 301, "content": "d>!", "special": true}""");

        Assert.Equal(['a', 300, 260, 260, 301], tokenizer.Encode("a<end>!<end><end>d>!"));
        Assert.Equal(302, tokenizer.VocabularySize);
        Assert.Null(tokenizer.IdToToken(280));
    }

    [Fact]
    public void White_space_beside_a_token_belongs_to_it_where_it_says_so()
    {
        Tokenizer tokenizer = With(
            """{"id": 300, "content": "<l>", "lstrip": true, "special": true}""",
            """{"id": 301, "content": "<r>", "rstrip": true, "special": true}""");

        Assert.Equal(['a', 300, ' ', 'b'], tokenizer.Encode("a \n<l> b"));
        Assert.Equal(['a', ' ', 301, 'b'], tokenizer.Encode("a <r> \tb"));
        Assert.Equal([301, 300], tokenizer.Encode("<r>  <l>"));
    }

    [Fact]
    public void A_single_word_is_not_found_inside_of_a_word()
    {
        Tokenizer tokenizer = With("""{"id": 300, "content": "cat", "single_word": true, "special": true}""");

        Assert.Equal([300, '.'], tokenizer.Encode("cat."));
        Assert.Equal(['c', 'a', 't', 's'], tokenizer.Encode("cats"));
        Assert.Equal(['_', 'c', 'a', 't'], tokenizer.Encode("_cat"));
    }

    [Fact]
    public void A_normalized_token_is_found_in_the_normalized_text()
    {
        JsonObject json = SmallTokenizer.ByteLevel();
        json["normalizer"] = JsonNode.Parse("""{"type": "Replace", "pattern": {"String": "x"}, "content": "y"}""");
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id": 300, "content": "axa", "normalized": true}"""));
        json["added_tokens"]!.AsArray().Add(JsonNode.Parse("""{"id": 301, "content": "bxb", "normalized": false}"""));
        Tokenizer tokenizer = json.Build();

        Assert.Equal([300, 300, 301, 'b', 'y', 'b'], tokenizer.Encode("axaayabxbbyb"));
    }

    private static Tokenizer With(params string[] tokens)
    {
        JsonObject json = SmallTokenizer.ByteLevel();
        foreach (string token in tokens)
            json["added_tokens"]!.AsArray().Add(JsonNode.Parse(token));
        return json.Build();
    }
}
