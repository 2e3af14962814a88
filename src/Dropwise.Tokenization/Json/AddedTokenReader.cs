using Dropwise.Tokenization.AddedTokens;

namespace Dropwise.Tokenization.Json;

/// <summary>Reads the part <c>added_tokens</c> of tokenizer.json.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads the added tokens.</summary>
    /// <param name="part">The part.</param>
    /// <param name="others">The number of tokens that the model has without them.</param>
    internal static IReadOnlyList<AddedToken> Read(JsonPart part, int others)
    {
        int largest = Vocabulary.LargestId(others + part.Count);
        var tokens = new List<AddedToken>();
        var ids = new Dictionary<string, int>();
        foreach (JsonPart token in part.Items())
        {
            JsonPart content = token.Require("content");
            string text = content.Text() is { Length: > 0 } spelled ? spelled : throw content.Fail("is empty");
            int id = token.Require("id").TokenId(largest);
            if (ids.TryGetValue(text, out int other) && other != id)
                throw content.Fail($"{TokenizerException.Quote(text)} has the ids {other} and {id}");
            ids[text] = id;
            bool isSpecial = token.Flag("special", absent: false);
            tokens.Add(new AddedToken(
                text,
                id,
                isSpecial,
                IsNormalized: token.Flag("normalized", absent: !isSpecial),
                StripLeft: token.Flag("lstrip", absent: false),
                StripRight: token.Flag("rstrip", absent: false),
                IsSingleWord: token.Flag("single_word", absent: false)));
        }
        return tokens;
    }
}
