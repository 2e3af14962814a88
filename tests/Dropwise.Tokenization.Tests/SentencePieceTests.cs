using Dropwise.Testing;
using Google.Protobuf;

namespace Dropwise.Tokenization.Tests;

/// <summary>Tokenizers from tokenizer.model.</summary>
public sealed class SentencePieceTests
{
    [Theory]
    [InlineData("models/tiny-stories-7m/heldout.txt")]
    [InlineData("text/tinystories.txt")]
    [InlineData("text/wikitext2.test.raw.txt")]
    public void A_whole_text_gives_the_reference_ids(string text)
    {
        ReferenceIds reference = ReferenceIds.Find("stories15m", text);
        Tokenizer tokenizer = Tokenizer.FromSentencePiece(File.ReadAllBytes(TestData.Find("models/stories15m/tokenizer.model")), "model");
        string content = File.ReadAllText(TestData.Find(text));

        int[] ids = tokenizer.Encode(content);

        Assert.Equal(reference.Sha256, ReferenceIds.Checksum(ids));
        Assert.Equal(content, tokenizer.Decode(ids));
    }

    [Theory]
    [InlineData("<s>Once</s> upon<unk>")]
    [InlineData("  two  spaces\n\ttab\r\n ▁ ")]
    [InlineData("naïve 😀 \u3000 \ud800 ﬁ 你好")]
    [InlineData("")]
    public void Both_files_of_a_model_agree(string text)
    {
        Tokenizer json = Tokenizer.FromFolder(TestData.Find("models/stories15m"));
        Tokenizer model = Tokenizer.FromSentencePiece(File.ReadAllBytes(TestData.Find("models/stories15m/tokenizer.model")), "model");

        Assert.Equal(json.Encode(text, addSpecialTokens: true), model.Encode(text, addSpecialTokens: true));
        Assert.Equal(json.Decode(json.Encode(text)), model.Decode(model.Encode(text)));
        Assert.Equal(json.VocabularySize, model.VocabularySize);
        Assert.Equal(json.BeginOfTextId, model.BeginOfTextId);
        Assert.Equal(json.EndOfTextId, model.EndOfTextId);
    }

    [Fact]
    public void A_folder_may_hold_the_model_alone()
    {
        string folder = Directory.CreateTempSubdirectory("dropwise-").FullName;
        try
        {
            File.WriteAllBytes(Path.Combine(folder, "tokenizer.model"), SmallSentencePiece.Model());
            File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"add_bos_token": false, "add_eos_token": true}""");
            Tokenizer tokenizer = Tokenizer.FromFolder(folder);

            // ▁ 3, a 4, b 5, ab 6 and ▁a 7: the score of ab is the better one.
            Assert.Equal([3, 6, 7, 2], tokenizer.Encode("ab a", addSpecialTokens: true));
            Assert.Equal("ab a", tokenizer.Decode([3, 6, 7]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(1, false, false, "model: trainer_spec.model_type: 1 is not supported, only BPE (2) is")]
    [InlineData(2, true, false, "model: normalizer_spec.remove_extra_whitespaces: is not supported")]
    [InlineData(2, false, true, "model: normalizer_spec.precompiled_charsmap: is not supported")]
    public void An_unsupported_model_is_refused(int type, bool removesSpaces, bool hasMap, string message)
    {
        byte[] content = SmallSentencePiece.Model(type, removesSpaces, hasMap);

        Assert.Equal(message, Assert.Throws<TokenizerException>(() => Tokenizer.FromSentencePiece(content, "model")).Message);
    }

    [Fact]
    public void A_file_that_is_cut_or_changed_anywhere_loads_or_is_refused()
    {
        byte[] content = SmallSentencePiece.Model();
        var random = new Random(5);
        for (int length = 0; length < content.Length; length++)
            AssertLoadsOrIsRefused(content[..length]);
        for (int round = 0; round < 600; round++)
        {
            byte[] changed = [.. content];
            changed[random.Next(changed.Length)] = (byte)random.Next(256);
            AssertLoadsOrIsRefused(changed);
        }
    }

    private static void AssertLoadsOrIsRefused(byte[] content)
    {
        try
        {
            Tokenizer tokenizer = Tokenizer.FromSentencePiece(content, "model");
            tokenizer.Decode(tokenizer.Encode("ab é <s> b"));
        }
        catch (TokenizerException refused)
        {
            Assert.DoesNotContain('\n', refused.Message);
        }
    }

    [Fact]
    public void A_converted_file_gives_the_same_ids()
    {
        byte[] model = File.ReadAllBytes(TestData.Find("models/stories15m/tokenizer.model"));
        string text = File.ReadAllText(TestData.Find("text/wikitext2.test.raw.txt"));
        Tokenizer direct = Tokenizer.FromSentencePiece(model, "model");

        Tokenizer converted = Tokenizer.FromJson(Tokenizer.ConvertSentencePiece(model, "model"), "converted");

        Assert.Equal(direct.Encode(text, addSpecialTokens: true), converted.Encode(text, addSpecialTokens: true));
        Assert.Equal((direct.BeginOfTextId, direct.EndOfTextId), (converted.BeginOfTextId, converted.EndOfTextId));
    }
}
