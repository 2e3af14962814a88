using System.Text.RegularExpressions;

namespace Dropwise.Tokenization.PreTokenizers;

/// <summary>Cuts a text by a regular expression.</summary>
/// <param name="pattern">The expression; it sees a text in which each code point is one UTF-16 unit.</param>
/// <param name="behavior">What becomes of the matches.</param>
/// <param name="invert">True if the expression describes the pieces, so that what lies between its matches counts as the match.</param>
internal sealed class RegexPreTokenizer(Regex pattern, SplitBehavior behavior, bool invert) : IPreTokenizer
{
    /// <inheritdoc/>
    public void Split(ReadOnlySpan<char> text, TextRange range, List<TextRange> pieces)
    {
        ReadOnlySpan<char> run = range.Of(text);
        CodePointProjection? projection = CodePointProjection.IsNeeded(run) ? new CodePointProjection(run) : null;
        if (projection is not null)
            run = projection.Text;

        var joiner = new PieceJoiner(behavior, pieces);
        int last = range.Start;
        foreach (ValueMatch match in pattern.EnumerateMatches(run))
        {
            int matchEnd = match.Index + match.Length;
            int start = range.Start + (projection?.Offset(match.Index) ?? match.Index);
            int end = range.Start + (projection?.Offset(matchEnd) ?? matchEnd);
            joiner.Add(new TextRange(last, start), invert);
            joiner.Add(new TextRange(start, end), !invert);
            last = end;
        }
        joiner.Add(new TextRange(last, range.End), invert);
    }
}
