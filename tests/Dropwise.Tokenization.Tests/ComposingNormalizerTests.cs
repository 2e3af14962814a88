using System.Security.Cryptography;
using System.Text;
using Dropwise.Tokenization.Normalizers;

namespace Dropwise.Tokenization.Tests;

/// <summary>Normalization form C against Python's <c>unicodedata.normalize('NFC', …)</c> (Unicode 14).</summary>
public sealed class ComposingNormalizerTests
{
    private readonly ComposingNormalizer _normalizer = new();

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("e\u0301", "é")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u1112\u1161\u11AB", "한")]
    [InlineData("\u212B", "Å")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("\u0301e", "\u0301e")]
    public void Characters_are_composed(string text, string expected)
    {
        Assert.Equal(expected, _normalizer.Normalize(text, opensText: true));
    }

    [Fact]
    public void Every_character_after_a_letter_is_normalized_like_elsewhere()
    {
        IEnumerable<string> texts = Enumerable.Range(1, 0x10FFFF).Where(Rune.IsValid).Select(value => $"a{new Rune(value)}");

        Assert.Equal("9bfdece21f9c8eebcd965c75674fe8743d961cec50ce146994259c61d0c38824", Checksum(texts));
    }

    [Fact]
    public void Random_sequences_are_normalized_like_elsewhere()
    {
        (int First, int Last)[] ranges =
        [
            (0x41, 0x5A), (0x5B0, 0x5C7), (0x300, 0x36F), (0x900, 0x97F), (0x1100, 0x11FF), (0x1E00, 0x1EFF), (0x3040, 0x30FF),
            (0xAC00, 0xD7A3), (0xF900, 0xFAD9), (0x1D150, 0x1D1C0),
        ];
        // The same generator made the texts for Python.
        long state = 1;
        int Next(int count)
        {
            state = ((state * 1103515245) + 12345) & 0x7FFFFFFF;
            return (int)(state >> 8) % count;
        }
        var texts = new List<string>();
        for (int number = 0; number < 50_000; number++)
        {
            var text = new StringBuilder();
            for (int character = 0; character < 6; character++)
            {
                (int first, int last) = ranges[Next(ranges.Length)];
                text.Append(new Rune(first + Next(last - first + 1)));
            }
            texts.Add(text.ToString());
        }

        Assert.Equal("23a0ed1611b3f1a31f87d5d576e7708af9453ab6dd3069029f1702ae6f962096", Checksum(texts));
    }

    [Fact]
    public void A_letter_with_a_million_marks_takes_no_quadratic_time()
    {
        string text = "a" + string.Concat(Enumerable.Repeat("\u0315\u0316", 500_000));

        string composed = _normalizer.Normalize(text, opensText: true);

        Assert.Equal("a" + new string('\u0316', 500_000) + new string('\u0315', 500_000), composed);
    }

    private string Checksum(IEnumerable<string> texts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string text in texts)
            hash.AppendData(Encoding.UTF8.GetBytes(_normalizer.Normalize(text, opensText: true) + "\n"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
