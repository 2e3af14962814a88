using System.Text.Json;

namespace Dropwise.Tokenization.Json;

/// <summary>What tokenizer_config.json adds to a tokenizer: the names of the tokens that begin and end a text.</summary>
/// <param name="BeginOfText">The token that begins a text, as spelled; null if none is named.</param>
/// <param name="EndOfText">The token that ends a text, as spelled; null if none is named.</param>
/// <param name="AddsBeginOfText">Whether the begin token belongs before a text; null if the file does not say.</param>
/// <param name="AddsEndOfText">Whether the end token belongs after a text; null if the file does not say.</param>
internal sealed record TokenizerConfig(string? BeginOfText, string? EndOfText, bool? AddsBeginOfText, bool? AddsEndOfText)
{
    /// <summary>The configuration of a tokenizer without a file for it.</summary>
    internal static readonly TokenizerConfig Empty = new(null, null, null, null);

    /// <summary>Reads a configuration.</summary>
    /// <param name="json">The text of the file.</param>
    /// <param name="source">The file, as messages name it.</param>
    internal static TokenizerConfig Read(string json, string source)
    {
        using JsonDocument document = JsonPart.Parse(json, source);
        JsonPart root = JsonPart.Root(document, source);
        return new TokenizerConfig(
            Spelling(root.Find("bos_token")),
            Spelling(root.Find("eos_token")),
            root.Find("add_bos_token")?.Flag(),
            root.Find("add_eos_token")?.Flag());
    }

    /// <summary>A token is named by its text, or by an object that describes it.</summary>
    internal static string? Spelling(JsonPart? token) =>
        token is { Kind: JsonValueKind.Object } described ? described.Require("content").Text() : token?.Text();
}
