using System.Text.Json.Nodes;
using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>Files that are missing, malformed, of an unsupported kind, or made to do harm.</summary>
public sealed class TokenizerFileErrorTests
{
    [Fact]
    public void A_folder_without_a_tokenizer_is_named()
    {
        string folder = Directory.CreateTempSubdirectory("dropwise-").FullName;
        try
        {
            Assert.Equal(
                $"{folder}: holds neither tokenizer.json nor tokenizer.model",
                Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(folder)).Message);

            File.WriteAllText(Path.Combine(folder, "tokenizer.json"), "{ \"model\": ");
            Assert.StartsWith(
                $"{Path.Combine(folder, "tokenizer.json")}: malformed JSON at line 1",
                Assert.Throws<TokenizerException>(() => Tokenizer.FromFolder(folder)).Message,
                StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("""[]""", "f: is not a JSON object")]
    [InlineData("""{}""", "f: has no 'model'")]
    [InlineData("""{"model": 1}""", "f: model: is not an object")]
    [InlineData("""{"model": {"type": "Unigram"}}""", "f: model: the type 'Unigram' is not supported, only 'BPE' is")]
    [InlineData("""{"model": {"type": "Word\nPiece"}}""", "f: model: the type 'Word\\u000APiece' is not supported, only 'BPE' is")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}}}""", "f: model: has no 'merges'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {}, "merges": []}}""", "f: model.vocab: is empty")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": "b"}, "merges": []}}""", "f: model.vocab: is not an integer")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}}""", "f: model.vocab: the id -1 is outside of 0..65544")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 2000000000}, "merges": []}}""", "f: model.vocab: the id 2000000000 is outside of 0..65544")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}}""", "f: model.merges[0]: is not a pair of tokens")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0, "aa": 1}, "merges": ["a a", ["a", "aa"]]}}""", "f: model.merges[1]: the token 'aaa' is not in the vocabulary")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}}""", "f: model.dropout: dropout is not supported")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>"}}""", "f: model.end_of_word_suffix: is not supported")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "?"}}""", "f: model.unk_token: the token '?' is not in the vocabulary")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"\ud800": 0}, "merges": []}}""", "f: model.vocab: a name in it is not valid Unicode")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": ["\ud800 a"]}}""", "f: model.merges[0]: is not valid Unicode")]
    public void A_malformed_model_is_refused_in_one_line(string json, string message)
    {
        Assert.Equal(message, Assert.Throws<TokenizerException>(() => Tokenizer.FromJson(json, "f")).Message);
    }

    [Theory]
    [InlineData("normalizer", """{"type": "Nmt"}""", "normalizer: the normalizer 'Nmt' is not supported")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"Regex": " +"}, "content": ""}""", "normalizer.pattern: only a pattern of the kind 'String' is supported here")]
    [InlineData("normalizer", """{"type": "Replace", "pattern": {"String": ""}, "content": ""}""", "normalizer.pattern.String: is empty")]
    [InlineData("normalizer", """{"type": "Sequence", "normalizers": [{"type": "Prepend"}]}""", "normalizer.normalizers[0]: has no 'prepend'")]
    [InlineData("pre_tokenizer", """{"type": "BertPreTokenizer"}""", "pre_tokenizer: the pre-tokenizer 'BertPreTokenizer' is not supported")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "("}, "behavior": "Isolated"}""", "pre_tokenizer.pattern.Regex: the expression '(' is not supported")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "\\p{Han}"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern.Regex: the expression '\\p{Han}' is not supported")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "[𝐀-𝐙]"}, "behavior": "Isolated"}""", "pre_tokenizer.pattern.Regex: an expression that names characters beyond U+FFFF is not supported")]
    [InlineData("pre_tokenizer", """{"type": "Split", "pattern": {"String": " "}, "behavior": "Odd"}""", "pre_tokenizer.behavior: the behavior 'Odd' is not supported")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Digits"}, {"type": "ByteLevel"}]}""", "pre_tokenizer.pretokenizers[1]: rewriting the text after it was split is not supported")]
    [InlineData("pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}, {"type": "Punctuation", "behavior": "Isolated"}]}""", "pre_tokenizer.pretokenizers[1]: 'Punctuation' after 'ByteLevel' is not supported")]
    [InlineData("decoder", """{"type": "WordPiece"}""", "decoder: the decoder 'WordPiece' is not supported")]
    [InlineData("decoder", """{"type": "Strip", "content": " ", "start": 0, "stop": 1}""", "decoder: stripping the end of a text is not supported")]
    [InlineData("post_processor", """{"type": "BertProcessing"}""", "post_processor: the post-processor 'BertProcessing' is not supported")]
    [InlineData("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}], "special_tokens": {}}""", "post_processor.single[0].SpecialToken.id: '<s>' is not among the special_tokens")]
    [InlineData("added_tokens", """[{"id": 1, "content": ""}]""", "added_tokens[0].content: is empty")]
    [InlineData("added_tokens", """[{"id": 1, "content": "x"}, {"id": 300, "content": "x"}]""", "added_tokens[1].content: 'x' has the ids 1 and 300")]
    [InlineData("added_tokens", """[{"id": 4194304, "content": "x"}]""", "added_tokens[0].id: the id 4194304 is outside of 0..67624")]
    [InlineData("added_tokens", """[{"id": 1, "content": "x", "special": "yes"}]""", "added_tokens[0].special: is neither true nor false")]
    public void A_part_that_is_not_supported_is_named(string part, string value, string message)
    {
        JsonObject json = SmallTokenizer.ByteLevel();
        json[part] = JsonNode.Parse(value);

        Assert.Equal($"small: {message}", Assert.Throws<TokenizerException>(json.Build).Message);
    }

    [Fact]
    public void Two_tokens_of_one_id_are_no_reason_to_fail()
    {
        JsonObject json = SmallTokenizer.ByteLevel();
        json["model"]!["vocab"]!["é"] = 0;
        Tokenizer tokenizer = json.Build();

        Assert.Equal("hello", tokenizer.Decode(tokenizer.Encode("hello")));
    }

    [Fact]
    public void A_malformed_configuration_is_refused()
    {
        string json = SmallTokenizer.ByteLevel().ToJsonString();

        var failure = Assert.Throws<TokenizerException>(() => Tokenizer.FromJson(json, "f", """{"bos_token": 3}"""));

        Assert.Equal("f (tokenizer_config.json): bos_token: is not a string", failure.Message);
    }

    [Fact]
    public void Half_a_surrogate_pair_in_the_text_of_a_file_is_malformed()
    {
        Assert.Contains("not valid Unicode", Assert.Throws<TokenizerException>(() => Tokenizer.FromJson("\"\ud800\"", "f")).Message);
    }

    [Fact]
    public void Deep_nesting_does_not_exhaust_the_stack()
    {
        const string Open = """{"type": "Sequence", "normalizers": [""";
        string json = $$"""{"normalizer": {{string.Concat(Enumerable.Repeat(Open, 100_000))}}""";

        Assert.Contains("malformed JSON", Assert.Throws<TokenizerException>(() => Tokenizer.FromJson(json, "f")).Message);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public void An_expression_that_backtracks_without_end_is_stopped()
    {
        JsonObject json = SmallTokenizer.ByteLevel();
        json["pre_tokenizer"] = JsonNode.Parse(
            """{"type": "Split", "pattern": {"Regex": "(x+x+)+y"}, "behavior": "Isolated", "invert": false}""");
        Tokenizer tokenizer = json.Build();

        var failure = Assert.Throws<TokenizerException>(() => tokenizer.Encode(new string('x', 100)));

        Assert.Equal("small: pre_tokenizer: the expression takes more than 5 s on this text", failure.Message);
    }

    [Fact]
    public void A_file_that_is_cut_or_changed_anywhere_loads_or_is_refused()
    {
        string json = File.ReadAllText(Path.Combine(TestData.DefaultModel, "tokenizer.json"));
        string small = SmallTokenizer.ByteFallback().ToJsonString();
        var random = new Random(4);
        for (int round = 0; round < 50; round++)
            AssertLoadsOrIsRefused(json[..random.Next(json.Length)]);
        for (int round = 0; round < 600; round++)
        {
            char[] changed = small.ToCharArray();
            changed[random.Next(changed.Length)] = (char)random.Next(' ', '~');
            AssertLoadsOrIsRefused(new string(changed));
        }
    }

    private static void AssertLoadsOrIsRefused(string json)
    {
        try
        {
            Tokenizer tokenizer = Tokenizer.FromJson(json, "f");
            tokenizer.Decode(tokenizer.Encode("ab  é😀 <s> b"));
        }
        catch (TokenizerException refused)
        {
            Assert.DoesNotContain('\n', refused.Message);
        }
    }
}
