using System.Globalization;
using System.Text.Json.Nodes;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization.Tests;

/// <summary>What pre-tokenizers cut.</summary>
public sealed class SplitTests
{
    [Theory]
    [InlineData("Isolated", false, "the|-|final|-|-|countdown")]
    [InlineData("Removed", false, "the|final|countdown")]
    [InlineData("MergedWithPrevious", false, "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", false, "the|-final|-|-countdown")]
    [InlineData("Contiguous", false, "the|-|final|--|countdown")]
    [InlineData("Isolated", true, "the|-|final|-|-|countdown")]
    [InlineData("Removed", true, "-|-|-")]
    public void A_split_treats_its_matches_as_the_behavior_says(string behavior, bool invert, string expected)
    {
        // The example of Hugging Face's documentation of SplitDelimiterBehavior.
        JsonNode part = JsonNode.Parse("""{"type": "Split", "pattern": {"String": "-"}}""")!;
        part["behavior"] = behavior;
        part["invert"] = invert;

        Assert.Equal(expected, Split(part, "the-final--countdown"));
    }

    [Fact]
    public void A_sequence_cuts_the_pieces_of_the_step_before()
    {
        JsonNode part = JsonNode.Parse("""
            {"type": "Sequence", "pretokenizers": [
              {"type": "Digits", "individual_digits": true},
              {"type": "Punctuation", "behavior": "Isolated"},
              {"type": "Split", "pattern": {"Regex": "\\s"}, "behavior": "Removed", "invert": false}]}
            """)!;

        Assert.Equal("ab|1|2|c|,|¿|d|½|e", Split(part, "ab12c,¿d½ e"));
    }

    [Theory]
    [InlineData("I'll say  it's 2 o'clock", "I|'ll| say| | it|'s| 2| o|'|clock")]
    [InlineData("a\n\n b\t", "a|\n\n| b|\t")]
    [InlineData("𝐀𝐁 𝟏𝟐😀😀x", "𝐀𝐁| 𝟏𝟐|😀😀|x")]
    public void The_expression_of_gpt2_cuts_words(string text, string expected)
    {
        JsonNode part = JsonNode.Parse("""{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}""")!;

        Assert.Equal(expected, Split(part, text));
    }

    [Fact]
    public void Expressions_count_code_points()
    {
        JsonNode part = JsonNode.Parse(
            """{"type": "Split", "pattern": {"Regex": "\\p{N}{1,3}|\\p{Lu}"}, "behavior": "Isolated", "invert": false}""")!;

        Assert.Equal("𝟏𝟐𝟑|𝟒|a|𝐀|𝐁|\ud800|Z", Split(part, "𝟏𝟐𝟑𝟒a𝐀𝐁\ud800Z"));
    }

    [Fact]
    public void Every_category_has_a_stand_in_of_its_own_category()
    {
        foreach (UnicodeCategory category in Enum.GetValues<UnicodeCategory>())
            Assert.Equal(category, char.GetUnicodeCategory(CodePointProjection.StandIn(category)));
    }

    /// <summary>The pieces of a text, separated by bars.</summary>
    private static string Split(JsonNode part, string text)
    {
        JsonObject json = SmallTokenizer.ByteLevel();
        json["pre_tokenizer"] = part.DeepClone();
        var pieces = new List<TextRange>();
        IPreTokenizer preTokenizer = Json.TokenizerJson.Read(json.ToJsonString(), "small", Json.TokenizerConfig.Empty).PreTokenizer!;
        preTokenizer.Split(text, new TextRange(0, text.Length), pieces);
        return string.Join('|', pieces.Select(piece => piece.Of(text).ToString()));
    }
}
