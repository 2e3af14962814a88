using System.Text;

namespace Dropwise.Tokenization;

/// <summary>
/// The one failure of this library: a tokenizer that is missing, malformed or of an unsupported kind, or an id outside of its
/// vocabulary. The message is one line: source, part, problem.
/// </summary>
public sealed class TokenizerException : Exception
{
    /// <summary>Creates the failure.</summary>
    /// <param name="source">The file (or other origin) of the tokenizer.</param>
    /// <param name="part">The part of it at fault, for example <c>model.merges[3]</c>; empty for the file as a whole.</param>
    /// <param name="problem">What is wrong, in words.</param>
    /// <param name="inner">The failure underneath, if any.</param>
    public TokenizerException(string source, string part, string problem, Exception? inner = null)
        : base($"{source}: {Describe(part, problem)}", inner) => Detail = Describe(part, problem);

    /// <summary>The message without the source, for callers whose own message names it.</summary>
    public string Detail { get; }

    private static string Describe(string part, string problem) => part.Length == 0 ? problem : $"{part}: {problem}";

    /// <summary>
    /// Text from a file as it may stand in a one-line message: in quotes, at most 60 characters, control characters and lone
    /// surrogates as <c>\uXXXX</c>.
    /// </summary>
    internal static string Quote(string text)
    {
        const int Longest = 60;
        var quoted = new StringBuilder("'");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c))
                quoted.Append($"\\u{(int)c:X4}");
            else
                quoted.Append(c);
        }
        return quoted.Append(text.Length > Longest ? "…'" : "'").ToString();
    }
}
