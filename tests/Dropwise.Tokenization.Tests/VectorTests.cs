using System.Globalization;
using System.IO.Compression;
using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>Tokenizers of well-known models against the test vectors of llama.cpp.</summary>
public sealed class VectorTests
{
    [Theory]
    [InlineData("gpt-2", "tokenizers/gpt2/tokenizer.json")]
    [InlineData("llama-bpe", "tokenizers/llama3/tokenizer.json.gz")]
    [InlineData("qwen2", "tokenizers/qwen2_5/tokenizer.json.gz")]
    [InlineData("llama-spm", "models/stories15m/tokenizer.json")]
    public void The_published_vectors_are_met(string name, string file)
    {
        string vectors = TestData.Find($"tokenizers/vectors/ggml-vocab-{name}.gguf.inp");
        string[] texts = File.ReadAllText(vectors).Split("\n__ggml_vocab_test__\n");
        string[] ids = File.ReadAllText(Path.ChangeExtension(vectors, ".out")).Split('\n');
        Tokenizer tokenizer = Read(file);
        Assert.True(texts.Length > 30);

        for (int index = 0; index < texts.Length; index++)
        {
            int[] expected = [.. ids[index]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

            Assert.Equal((texts[index], string.Join(' ', expected)), (texts[index], string.Join(' ', tokenizer.Encode(texts[index]))));
        }
    }

    [Theory]
    [Trait("Category", "Slow")]
    [InlineData("tokenizers/gpt2/tokenizer.json")]
    [InlineData("tokenizers/llama3/tokenizer.json.gz")]
    [InlineData("tokenizers/qwen2_5/tokenizer.json.gz")]
    [InlineData("tokenizers/gemma/tokenizer.json.gz")]
    [InlineData("tokenizers/mistral_nemo/tokenizer.json.gz")]
    public void Any_text_comes_back(string file)
    {
        string text = File.ReadAllText(TestData.Find("text/wikitext2.test.raw.txt"));
        Tokenizer tokenizer = Read(file);

        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    private static Tokenizer Read(string file)
    {
        string path = TestData.Find(file);
        using Stream stream = path.EndsWith(".gz", StringComparison.Ordinal)
            ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress)
            : File.OpenRead(path);
        return Tokenizer.FromJson(new StreamReader(stream).ReadToEnd(), file);
    }
}
