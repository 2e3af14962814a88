using Dropwise.Tokenization.Json;

namespace Dropwise.Tokenization.AddedTokens;

/// <summary>Which special tokens begin and end a text.</summary>
internal static class SpecialTokenNames
{
    /// <summary>Spellings in use, for a tokenizer whose configuration names no token that begins a text.</summary>
    private static readonly string[] CommonBegins = ["<|bos|>", "<s>", "<bos>", "<|begin_of_text|>", "<|startoftext|>"];

    /// <summary>Spellings in use, for a tokenizer whose configuration names no token that ends a text.</summary>
    private static readonly string[] CommonEnds = ["<|eos|>", "</s>", "<eos>", "<|end_of_text|>", "<|endoftext|>"];

    /// <summary>The id of the token that begins a text, or null.</summary>
    internal static int? FindBegin(IReadOnlyList<AddedToken> tokens, TokenizerConfig config) =>
        Find(tokens, config.BeginOfText is string name ? [name] : CommonBegins);

    /// <summary>The id of the token that ends a text, or null.</summary>
    internal static int? FindEnd(IReadOnlyList<AddedToken> tokens, TokenizerConfig config) =>
        Find(tokens, config.EndOfText is string name ? [name] : CommonEnds);

    private static int? Find(IReadOnlyList<AddedToken> tokens, string[] names) =>
        tokens.FirstOrDefault(token => names.Contains(token.Content))?.Id;
}
