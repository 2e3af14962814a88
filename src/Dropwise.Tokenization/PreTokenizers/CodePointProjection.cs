using System.Buffers;
using System.Globalization;
using System.Text;

namespace Dropwise.Tokenization.PreTokenizers;

/// <summary>
/// A text in which each code point beyond U+FFFF is replaced by one UTF-16 unit of the same Unicode category. The expressions of
/// tokenizers count code points and ask for categories; .NET's count UTF-16 units and see a surrogate instead of a letter.
/// </summary>
internal sealed class CodePointProjection
{
    /// <summary>
    /// A character of each <see cref="UnicodeCategory"/>, in the order of its values, that no expression names by itself:
    /// letters without case partners in ASCII, signs of rare scripts.
    /// </summary>
    private const string StandIns =
        "\u0100\u0101\u01C5\u02B0\u0E01\u0300\u0903\u0488\u0660\u2160\u00B2\u1680\u2028\u2029\u0086\u200C\uD800\uE000"
        + "\u203F\u2010\u0F3A\u0F3B\u00AB\u00BB\u0F04\u2044\u20A0\u02C2\u0F01\u0378";

    private readonly char[] _text;
    private readonly int[] _offsets;
    private readonly int _length;

    /// <param name="text">The text to project.</param>
    internal CodePointProjection(ReadOnlySpan<char> text)
    {
        _text = new char[text.Length];
        _offsets = new int[text.Length + 1];
        int offset = 0;
        while (offset < text.Length)
        {
            OperationStatus status = Rune.DecodeFromUtf16(text[offset..], out Rune rune, out int units);
            _offsets[_length] = offset;
            // A lone surrogate becomes the replacement character later on, which is also what the expression should see.
            _text[_length++] = status != OperationStatus.Done || rune.IsBmp
                ? (char)rune.Value
                : StandIns[(int)Rune.GetUnicodeCategory(rune)];
            offset += units;
        }
        _offsets[_length] = text.Length;
    }

    /// <summary>The projected text.</summary>
    internal ReadOnlySpan<char> Text => _text.AsSpan(0, _length);

    /// <summary>Where the unit with this index begins in the text as it was given.</summary>
    internal int Offset(int index) => _offsets[index];

    /// <summary>True if a text has surrogates.</summary>
    internal static bool IsNeeded(ReadOnlySpan<char> text) => text.ContainsAnyInRange('\uD800', '\uDFFF');

    /// <summary>The stand-in of a category.</summary>
    internal static char StandIn(UnicodeCategory category) => StandIns[(int)category];
}
