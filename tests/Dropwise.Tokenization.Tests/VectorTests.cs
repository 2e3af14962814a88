using System.Globalization;
using Dropwise.Testing;
using Dropwise.Tokenization.Normalizers;

namespace Dropwise.Tokenization.Tests;

/// <summary>Tokenizers of well-known models against the test vectors of llama.cpp: each family's from its own file, and from GGUF where there is one.</summary>
public sealed class VectorTests
{
    [Theory]
    [InlineData("gpt-2", "tokenizers/gpt2/tokenizer.json")]
    [InlineData("gpt-2", "tokenizers/vectors/ggml-vocab-gpt-2.gguf")]
    [InlineData("llama-bpe", "tokenizers/llama3/tokenizer.json.gz")]
    [InlineData("qwen2", "tokenizers/qwen2_5/tokenizer.json.gz")]
    [InlineData("deepseek-r1-qwen", "tokenizers/qwen2_5/tokenizer.json.gz")]
    [InlineData("deepseek-llm", "tokenizers/vectors/ggml-vocab-deepseek-llm.gguf")]
    [InlineData("llama-spm", "models/stories15m/tokenizer.json")]
    [InlineData("llama-spm", "models/stories15m/tokenizer.model")]
    [InlineData("llama-spm", "tokenizers/vectors/ggml-vocab-llama-spm.gguf")]
    [InlineData("phi-3", "tokenizers/vectors/ggml-vocab-phi-3.gguf")]
    public void The_published_vectors_are_met(string name, string file)
    {
        string vectors = TestData.Find($"tokenizers/vectors/ggml-vocab-{name}.gguf.inp");
        string[] texts = File.ReadAllText(vectors).Split("\n__ggml_vocab_test__\n");
        string[] ids = File.ReadAllText(Path.ChangeExtension(vectors, ".out")).Split('\n');
        Tokenizer tokenizer = PublishedTokenizer.Read(file);
        Assert.True(texts.Length > 30);

        for (int index = 0; index < texts.Length; index++)
        {
            int[] expected = [.. ids[index]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

            Assert.Equal((texts[index], string.Join(' ', expected)), (texts[index], string.Join(' ', tokenizer.Encode(texts[index]))));
        }
    }

    [Fact]
    public void No_published_vector_is_left_out()
    {
        string folder = Path.GetDirectoryName(TestData.Find("tokenizers/vectors/ggml-vocab-gpt-2.gguf.inp"))!;
        string[] tested = ["deepseek-llm", "deepseek-r1-qwen", "gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2"];

        Assert.Equal(
            tested.Select(name => $"ggml-vocab-{name}.gguf.inp"),
            Directory.GetFiles(folder, "*.inp").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
    }

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(PublishedTokenizer.Files), MemberType = typeof(PublishedTokenizer))]
    public void Any_text_comes_back(string file)
    {
        Tokenizer tokenizer = PublishedTokenizer.Read(file);
        foreach (string name in (string[])["text/wikitext2.test.raw.txt", "text/wikitext2.train-5k.txt", "text/tinystories.txt"])
        {
            string text = File.ReadAllText(TestData.Find(name));
            // Qwen's tokenizer composes characters first; what comes back is the composed text.
            if (file.Contains("qwen", StringComparison.Ordinal))
                text = new ComposingNormalizer().Normalize(text, opensText: true);

            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }
}
