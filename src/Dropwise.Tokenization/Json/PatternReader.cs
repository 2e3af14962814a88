using System.Text.RegularExpressions;
using Dropwise.Tokenization.PreTokenizers;

namespace Dropwise.Tokenization.Json;

/// <summary>Reads the member <c>pattern</c>: {"String": text} or {"Regex": expression}.</summary>
internal static class PatternReader
{
    /// <summary>Longer expressions are refused: those in use have some 200 characters, and building one takes more than linear time.</summary>
    private const int LongestExpression = 4096;

    /// <summary>The longest text that is put into others. Those in use have one character.</summary>
    private const int LongestInsertion = 64;

    /// <summary>An expression that backtracks without end is stopped after this time for one match.</summary>
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Reads a pattern that has to be a plain text.</summary>
    internal static string Literal(JsonPart owner)
    {
        JsonPart pattern = owner.Require("pattern");
        JsonPart text = pattern.Find("String") ?? throw pattern.Fail("only a pattern of the kind 'String' is supported here");
        return text.Text() is { Length: > 0 } literal ? literal : throw text.Fail("is empty");
    }

    /// <summary>Reads a text that is put into others, such as the ▁ for a space; a long one would make them much longer.</summary>
    internal static string Insertion(JsonPart part)
    {
        string text = part.Text();
        return text.Length <= LongestInsertion
            ? text
            : throw part.Fail($"has {text.Length} characters; at most {LongestInsertion} are supported");
    }

    /// <summary>Reads the member <c>replacement</c>, which stands for a space in tokens.</summary>
    internal static string Replacement(JsonPart owner)
    {
        JsonPart part = owner.Require("replacement");
        return Insertion(part) is { Length: > 0 } text ? text : throw part.Fail("is empty");
    }

    /// <summary>Reads a pattern of either kind as an expression.</summary>
    internal static Regex Expression(JsonPart owner)
    {
        JsonPart pattern = owner.Require("pattern");
        return pattern.Find("Regex") is JsonPart expression
            ? Create(expression, expression.Text())
            : Create(pattern, Regex.Escape(Literal(owner)));
    }

    /// <summary>Builds an expression that a part stands for.</summary>
    internal static Regex Create(JsonPart part, string expression)
    {
        if (KnownPatterns.Find(expression) is Regex known)
            return known;
        if (expression.Length > LongestExpression)
            throw part.Fail($"the expression has {expression.Length} characters; at most {LongestExpression} are supported");
        if (CodePointProjection.IsNeeded(expression))
            throw part.Fail("an expression that names characters beyond U+FFFF is not supported");
        try
        {
            // The files are written for Oniguruma, where ^ and $ match at every line.
            return new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.Multiline, MatchTimeout);
        }
        catch (ArgumentException invalid)
        {
            throw part.Fail($"the expression {TokenizerException.Quote(expression)} is not supported", invalid);
        }
    }
}
