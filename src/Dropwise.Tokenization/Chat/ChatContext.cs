namespace Dropwise.Tokenization.Chat;

/// <summary>What a model's files say about conversations.</summary>
/// <param name="Template">The Jinja template.</param>
/// <param name="BeginOfText">The token that begins a text, empty if none is named.</param>
/// <param name="EndOfText">The token that ends a text, empty if none is named.</param>
internal sealed record ChatContext(string Template, string BeginOfText, string EndOfText)
{
    /// <summary>True if the template has this text, in whatever quotes: a marker with <c>'</c> also stands for <c>"</c>.</summary>
    internal bool Has(string marker) =>
        Template.Contains(marker, StringComparison.Ordinal)
        || Template.Contains(marker.Replace('\'', '"'), StringComparison.Ordinal);
}
