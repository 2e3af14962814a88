using Dropwise.Tokenization;

namespace Dropwise.ModelFiles;

/// <summary>The vocabulary in the metadata of a GGUF file.</summary>
internal static class GgufTokenizer
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>Reads the keys; whether they make a tokenizer is found out by <see cref="GgufVocabulary.ToTokenizerJson"/>.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <returns>Null where the file has no vocabulary.</returns>
    /// <exception cref="ModelFileException">A key is of another type than it must be.</exception>
    public static GgufVocabulary? Read(string path, GgufMetadata metadata)
    {
        GgufValue? Find(string name) => metadata.Find(Prefix + name);
        int? Id(string name) => Find(name) is { } id ? (int)Math.Clamp(id.Integer(), -1, int.MaxValue) : null;
        if (Find("model")?.Text() is not { } model || Find("tokens") is not { } tokens) return null;
        return new GgufVocabulary
        {
            Source = path,
            Model = model,
            PreTokenizer = Find("pre")?.Text(),
            Tokens = [.. tokens.Texts()],
            Scores = [.. Find("scores")?.Numbers().Select(static score => (float)score) ?? []],
            Types = [.. Find("token_type")?.Integers().Select(static type => (int)Math.Clamp(type, -1, int.MaxValue)) ?? []],
            Merges = [.. Find("merges")?.Texts() ?? []],
            BeginOfTextId = Id("bos_token_id"),
            EndOfTextId = Id("eos_token_id"),
            UnknownId = Id("unknown_token_id"),
            AddsBeginOfText = Find("add_bos_token")?.Flag(),
            AddsEndOfText = Find("add_eos_token")?.Flag(),
            AddsSpacePrefix = Find("add_space_prefix")?.Flag(),
            ChatTemplate = metadata.Find("tokenizer.chat_template")?.Text(),
        };
    }

    /// <summary>The texts that go with a GGUF file's tensors, as the model would have them in a Hugging Face folder.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="metadata">Its metadata.</param>
    /// <param name="config">The text of <c>config.json</c>.</param>
    /// <exception cref="ModelFileException">A key is of another type than it must be.</exception>
    public static ModelTexts Texts(string path, GgufMetadata metadata, string config)
    {
        if (Read(path, metadata) is not { } vocabulary) return new ModelTexts(config) { TokenizerProblem = "has no vocabulary" };
        try
        {
            return new ModelTexts(config, vocabulary.ToTokenizerJson(), vocabulary.ToConfigJson());
        }
        catch (TokenizerException e)
        {
            // The tensors can be read all the same; who asks for the tokenizer is told.
            return new ModelTexts(config) { TokenizerProblem = e.Detail };
        }
    }
}
