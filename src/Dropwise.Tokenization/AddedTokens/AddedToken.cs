namespace Dropwise.Tokenization.AddedTokens;

/// <summary>A token that is found in the text by its spelling, before anything else splits the text.</summary>
/// <param name="Content">The spelling, never empty.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsSpecial">True for a token that controls the model and is no text (begin, end, roles of a chat).</param>
/// <param name="IsNormalized">True if it is looked for in the normalized text, false in the text as given.</param>
/// <param name="StripLeft">The white space before it belongs to it.</param>
/// <param name="StripRight">The white space after it belongs to it.</param>
/// <param name="IsSingleWord">It counts only where no word character touches it.</param>
internal sealed record AddedToken(
    string Content, int Id, bool IsSpecial, bool IsNormalized, bool StripLeft, bool StripRight, bool IsSingleWord);
