using Dropwise.Tokenization.AddedTokens;

namespace Dropwise.Tokenization.Json;

/// <summary>Reads the part <c>added_tokens</c> of tokenizer.json.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads the added tokens.</summary>
    internal static IReadOnlyList<AddedToken> Read(JsonPart part)
    {
        var tokens = new List<AddedToken>();
        foreach (JsonPart token in part.Items())
        {
            JsonPart content = token.Require("content");
            bool isSpecial = token.Flag("special", absent: false);
            tokens.Add(new AddedToken(
                content.Text() is { Length: > 0 } text ? text : throw content.Fail("is empty"),
                token.Require("id").TokenId(),
                isSpecial,
                IsNormalized: token.Flag("normalized", absent: !isSpecial),
                StripLeft: token.Flag("lstrip", absent: false),
                StripRight: token.Flag("rstrip", absent: false),
                IsSingleWord: token.Flag("single_word", absent: false)));
        }
        return tokens;
    }
}
