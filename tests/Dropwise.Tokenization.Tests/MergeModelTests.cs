using Dropwise.Testing;
using Dropwise.Tokenization.Models;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization.Tests;

/// <summary>The ways to merge against each other and against the definition.</summary>
public sealed class MergeModelTests
{
    [Fact]
    public void Merging_follows_the_definition()
    {
        var random = new Random(2);
        for (int round = 0; round < 300; round++)
        {
            // Few letters and rules about all of them make chains of merges that compete for their symbols.
            BpeDefinition definition = RandomDefinition(random);
            var model = new MergeModel(definition);
            string piece = new([.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => (char)('a' + random.Next(3)))]);
            var ids = new List<int>();

            model.Encode(piece, ids);

            Assert.Equal(MergeByDefinition(definition, piece), ids);
        }
    }

    [Fact]
    public void Our_merging_and_the_packages_agree()
    {
        TokenizerParts parts = ReadDefaultModel(out BpeDefinition definition);
        Assert.IsType<LibraryBpeModel>(parts.Model);
        var own = new MergeModel(definition);
        var random = new Random(3);
        string text = File.ReadAllText(Path.Combine(TestData.DefaultModel, "heldout.txt"));
        for (int round = 0; round < 2000; round++)
        {
            // Cuts anywhere, spaces included, give pieces that no pre-tokenizer would.
            int start = random.Next(text.Length - 60);
            string piece = text.Substring(start, random.Next(1, 60));
            var expected = new List<int>();
            var ids = new List<int>();

            parts.Model.Encode(piece, expected);
            own.Encode(piece, ids);

            Assert.Equal(expected, ids);
        }
    }

    [Fact]
    public void Cutting_at_word_starts_changes_no_id()
    {
        string folder = TestData.Find("models/stories15m");
        TokenizerParts cutting = Read(folder);
        var whole = new Tokenizer(cutting with { PreTokenizer = null });
        var cut = new Tokenizer(cutting);
        Assert.IsType<WordStartPreTokenizer>(cutting.PreTokenizer);
        string text = File.ReadAllText(TestData.Find("text/wikitext2.test.raw.txt"))[..200_000];

        Assert.Equal(whole.Encode(text), cut.Encode(text));
    }

    [Fact]
    public void A_million_letters_in_one_piece_take_no_quadratic_time()
    {
        Tokenizer tokenizer = Tokenizer.FromFolder(TestData.DefaultModel);
        string text = new('a', 1_000_000);

        int[] ids = tokenizer.Encode(text);

        // Quadratic merging takes minutes here; the runner's own time limit is the assertion.
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    private static TokenizerParts ReadDefaultModel(out BpeDefinition definition)
    {
        string json = File.ReadAllText(Path.Combine(TestData.DefaultModel, "tokenizer.json"));
        using var document = System.Text.Json.JsonDocument.Parse(json);
        definition = Json.ModelReader.Read(Json.JsonPart.Root(document, "default").Require("model"), isByteLevel: true);
        return Read(TestData.DefaultModel);
    }

    private static TokenizerParts Read(string folder) => Json.TokenizerJson.Read(
        File.ReadAllText(Path.Combine(folder, "tokenizer.json")), folder, Json.TokenizerConfig.Empty);

    private static BpeDefinition RandomDefinition(Random random)
    {
        List<string> tokens = ["a", "b", "c"];
        var rules = new List<MergeRule>();
        for (int rank = 0; rank < 12; rank++)
        {
            int left = random.Next(tokens.Count);
            int right = random.Next(tokens.Count);
            string merged = tokens[left] + tokens[right];
            if (!tokens.Contains(merged))
                tokens.Add(merged);
            if (!rules.Exists(rule => rule.Left == left && rule.Right == right))
                rules.Add(new MergeRule(left, right, tokens.IndexOf(merged), rank));
        }
        return new BpeDefinition
        {
            Vocabulary = new Vocabulary(tokens.Select((token, id) => (token, id)).ToDictionary()),
            Merges = rules,
            IsByteLevel = false,
        };
    }

    /// <summary>Byte-pair encoding as it is defined: of all merges possible, the one of the lowest rank, leftmost first, over and over.</summary>
    private static List<int> MergeByDefinition(BpeDefinition definition, string piece)
    {
        List<int> ids = [.. piece.Select(letter => letter - 'a')];
        while (true)
        {
            (MergeRule Rule, int At)? best = null;
            for (int at = 0; at + 1 < ids.Count; at++)
            {
                foreach (MergeRule rule in definition.Merges)
                {
                    if (rule.Left == ids[at] && rule.Right == ids[at + 1] && (best is null || rule.Rank < best.Value.Rule.Rank))
                        best = (rule, at);
                }
            }
            if (best is null)
                return ids;
            ids[best.Value.At] = best.Value.Rule.Merged;
            ids.RemoveAt(best.Value.At + 1);
        }
    }
}
