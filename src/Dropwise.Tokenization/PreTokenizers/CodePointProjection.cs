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
    /// A character of each <see cref="UnicodeCategory"/>, in the order of its values, that no expression names by itself or in a range:
    /// signs of rare scripts, letters without case partners in ASCII, none from U+0800 to U+9FFF where ranges of ideographs lie.
    /// </summary>
    private const string StandIns =
        "\uA79A\uA79B\u01C5\u02B0\u05D0\u0300\uA823\u0488\u0660\uA6E6\u00B2\u00A0\u2028\u2029\u0086\u00AD\uD800\uE000"
        + "\uFE33\u058A\uFE17\uFE18\u00AB\u00BB\u055A\u03F6\u058F\u02C2\u0482\u0378";

    /// <summary>Stand-ins of letters of scripts that have capitals, which some expressions tell from other letters.</summary>
    private const string CasedStandIns = "\u0100\u0101";

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
                : StandIn(rune);
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

    private static char StandIn(Rune rune)
    {
        UnicodeCategory category = Rune.GetUnicodeCategory(rune);
        return category <= UnicodeCategory.LowercaseLetter && IsOfCasedScript(rune.Value) ? CasedStandIns[(int)category] : StandIn(category);
    }

    /// <summary>Deseret, Osage, Old Hungarian, Warang Citi and Adlam; the letters of mathematics have a case too, but are no script.</summary>
    private static bool IsOfCasedScript(int character) => character
        is (>= 0x10400 and <= 0x1044F) or (>= 0x104B0 and <= 0x104FB) or (>= 0x10C80 and <= 0x10CF2)
        or (>= 0x118A0 and <= 0x118DF) or (>= 0x1E900 and <= 0x1E943);
}
