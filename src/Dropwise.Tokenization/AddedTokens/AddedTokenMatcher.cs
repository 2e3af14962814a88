using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Dropwise.Tokenization.AddedTokens;

/// <summary>Finds added tokens in a text: the leftmost first, and of those that begin at one place the longest.</summary>
internal sealed class AddedTokenMatcher
{
    /// <summary>The first characters of all tokens. Searching for whole spellings would bring 0.2 MB of code into the native file.</summary>
    private readonly SearchValues<char> _beginnings;

    /// <summary>The tokens by their first character.</summary>
    private readonly Dictionary<char, Candidates> _candidates;

    /// <param name="tokens">The tokens to look for, at least one; none of them has an empty spelling.</param>
    internal AddedTokenMatcher(IReadOnlyCollection<AddedToken> tokens)
    {
        _candidates = tokens.GroupBy(token => token.Content[0]).ToDictionary(group => group.Key, group => new Candidates(group));
        _beginnings = SearchValues.Create([.. _candidates.Keys]);
    }

    /// <summary>Finds the next token.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where to begin; what lies before belongs to tokens already found.</param>
    /// <param name="token">The token found.</param>
    /// <param name="range">What the token takes of the text: its spelling, and the white space that it strips.</param>
    /// <returns>False if there is none.</returns>
    internal bool TryFind(ReadOnlySpan<char> text, int start, [NotNullWhen(true)] out AddedToken? token, out TextRange range)
    {
        int from = start;
        while (from < text.Length)
        {
            int found = text[from..].IndexOfAny(_beginnings);
            if (found < 0)
                break;
            from += found;
            token = LongestAt(text, from);
            if (token is not null)
            {
                range = WithStripped(text, start, token, new TextRange(from, from + token.Content.Length));
                return true;
            }
            from++;
        }
        token = null;
        range = default;
        return false;
    }

    private AddedToken? LongestAt(ReadOnlySpan<char> text, int at)
    {
        Candidates candidates = _candidates[text[at]];
        if (!text[at..].StartsWith(candidates.Prefix, StringComparison.Ordinal))
            return null;
        foreach (AddedToken token in candidates.Tokens)
        {
            if (!text[at..].StartsWith(token.Content, StringComparison.Ordinal))
                continue;
            // The longest spelling alone decides: where it fails to be a word of its own, shorter ones are not tried.
            int end = at + token.Content.Length;
            bool touchesWord = (at > 0 && IsWordCharacter(text[at - 1])) || (end < text.Length && IsWordCharacter(text[end]));
            return token.IsSingleWord && touchesWord ? null : token;
        }
        return null;
    }

    private static TextRange WithStripped(ReadOnlySpan<char> text, int start, AddedToken token, TextRange range)
    {
        (int from, int end) = range;
        if (token.StripLeft)
        {
            while (from > start && char.IsWhiteSpace(text[from - 1]))
                from--;
        }
        if (token.StripRight)
        {
            while (end < text.Length && char.IsWhiteSpace(text[end]))
                end++;
        }
        return new TextRange(from, end);
    }

    /// <summary>What <c>\w</c> matches: letters, marks, digits and connectors.</summary>
    private static bool IsWordCharacter(char c) => char.GetUnicodeCategory(c)
        is <= UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation;

    /// <summary>Tokens that begin with one character.</summary>
    private sealed class Candidates
    {
        internal Candidates(IEnumerable<AddedToken> tokens)
        {
            Tokens = [.. tokens.OrderByDescending(token => token.Content.Length)];
            Prefix = Tokens[^1].Content;
            foreach (AddedToken token in Tokens)
                Prefix = Prefix[..Prefix.AsSpan().CommonPrefixLength(token.Content)];
        }

        /// <summary>The tokens, the longest first.</summary>
        internal AddedToken[] Tokens { get; }

        /// <summary>What all spellings begin with, which settles most places at once: tokens of blanks begin with two, where words of a text have one.</summary>
        internal string Prefix { get; }
    }
}
