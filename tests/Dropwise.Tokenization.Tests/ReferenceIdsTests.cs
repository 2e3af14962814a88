using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>Whole texts against Hugging Face's tokenizers, id by id.</summary>
public sealed class ReferenceIdsTests
{
    public static TheoryData<string, string> Cases()
    {
        var cases = new TheoryData<string, string>();
        foreach (string model in (string[])["tiny-stories-7m", "stories15m", "books-30m"])
        {
            cases.Add(model, "models/tiny-stories-7m/heldout.txt");
            cases.Add(model, "text/tinystories.txt");
            cases.Add(model, "text/wikitext2.test.raw.txt");
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_whole_text_gives_the_reference_ids(string model, string text)
    {
        ReferenceIds reference = ReferenceIds.Find(model, text);
        Tokenizer tokenizer = Tokenizer.FromFolder(TestData.Find($"models/{model}"));

        foreach ((string line, int[] expected) in reference.Lines)
            Assert.Equal(expected, tokenizer.Encode(line));
        int[] ids = tokenizer.Encode(File.ReadAllText(TestData.Find(text)));

        Assert.Equal(reference.Count, ids.Length);
        Assert.Equal(reference.Sha256, ReferenceIds.Checksum(ids));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Decoding_gives_the_text_back(string model, string text)
    {
        Tokenizer tokenizer = Tokenizer.FromFolder(TestData.Find($"models/{model}"));
        string content = File.ReadAllText(TestData.Find(text));

        Assert.Equal(content, tokenizer.Decode(tokenizer.Encode(content)));
    }
}
