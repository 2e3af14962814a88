namespace Dropwise.Tokenization.Normalizers.Canonical;

/// <summary>
/// The syllables of Korean, whose parts follow from their numbers: a leading consonant, a vowel, and perhaps a trailing consonant
/// (The Unicode Standard, section 3.12).
/// </summary>
internal static class Hangul
{
    private const int Syllables = 0xAC00;
    private const int Leading = 0x1100;
    private const int Vowels = 0x1161;
    private const int BeforeTrailing = 0x11A7; // The number 0 stands for no trailing consonant.
    private const int LeadingCount = 19;
    private const int VowelCount = 21;
    private const int TrailingCount = 28;
    private const int SyllableCount = LeadingCount * VowelCount * TrailingCount;

    /// <summary>The characters that may join the one before them.</summary>
    internal static IEnumerable<int> Joining =>
        Enumerable.Range(Vowels, VowelCount).Concat(Enumerable.Range(BeforeTrailing + 1, TrailingCount - 1));

    /// <summary>A syllable as the syllable without its trailing consonant and that consonant, or as leading consonant and vowel.</summary>
    internal static bool TryDecompose(int character, out (int First, int Second) parts)
    {
        int syllable = character - Syllables;
        int trailing = syllable % TrailingCount;
        int open = syllable / TrailingCount;
        parts = trailing > 0
            ? (character - trailing, BeforeTrailing + trailing)
            : (Leading + (open / VowelCount), Vowels + (open % VowelCount));
        return syllable is >= 0 and < SyllableCount;
    }

    /// <summary>The syllable that a leading consonant and a vowel make, or an open syllable and a trailing consonant.</summary>
    internal static bool TryCompose(int first, int second, out int syllable)
    {
        int leading = first - Leading;
        int vowel = second - Vowels;
        if (leading is >= 0 and < LeadingCount && vowel is >= 0 and < VowelCount)
        {
            syllable = Syllables + (((leading * VowelCount) + vowel) * TrailingCount);
            return true;
        }
        int open = first - Syllables;
        int trailing = second - BeforeTrailing;
        syllable = first + trailing;
        return open is >= 0 and < SyllableCount && open % TrailingCount == 0 && trailing is > 0 and < TrailingCount;
    }
}
