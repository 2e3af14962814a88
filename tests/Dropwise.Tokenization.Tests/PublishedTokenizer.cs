using System.IO.Compression;
using Dropwise.Testing;

namespace Dropwise.Tokenization.Tests;

/// <summary>Tokenizers of well-known models, from whichever file they come in.</summary>
internal static class PublishedTokenizer
{
    /// <summary>One file for each kind of tokenizer that a family has.</summary>
    public static TheoryData<string> Files() =>
    [
        "tokenizers/gpt2/tokenizer.json",
        "tokenizers/llama3/tokenizer.json.gz",
        "tokenizers/qwen2_5/tokenizer.json.gz",
        "tokenizers/gemma/tokenizer.json.gz",
        "tokenizers/mistral_nemo/tokenizer.json.gz",
        "models/stories15m/tokenizer.model",
        "models/tiny-stories-7m/tokenizer.json",
        "tokenizers/vectors/ggml-vocab-llama-spm.gguf",
        "tokenizers/vectors/ggml-vocab-deepseek-llm.gguf",
        "models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf",
    ];

    /// <summary>Reads a tokenizer; skips the test where the data is not at hand.</summary>
    internal static Tokenizer Read(string file)
    {
        string path = TestData.Find(file);
        switch (Path.GetExtension(path))
        {
            case ".gguf":
                GgufVocabulary vocabulary = VocabularyFile.Read(path);
                return Tokenizer.FromJson(vocabulary.ToTokenizerJson(), file, vocabulary.ToConfigJson());
            case ".model":
                return Tokenizer.FromSentencePiece(File.ReadAllBytes(path), file);
            case ".gz":
                using (var stream = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress)))
                    return Tokenizer.FromJson(stream.ReadToEnd(), file);
            default:
                return Tokenizer.FromJson(File.ReadAllText(path), file);
        }
    }
}
