using Dropwise.Inference;

namespace Dropwise.Cli.Models;

/// <summary>One way for a sequence to read a text: which tokens are appended together. Other numbers of tokens go through other kernels.</summary>
/// <param name="Name">As reports call it.</param>
/// <param name="Lengths">Tokens of each part; together the whole text.</param>
/// <param name="KeepsAll">Whether the logits after every token are kept rather than those after each part.</param>
internal sealed record TextReading(string Name, int[] Lengths, bool KeepsAll = false)
{
    // Around the numbers of tokens at which other kernels take over.
    private static readonly int[] Cuts = [1, 2, 3, 4, 5, 15, 16, 17, 18, 31, 63, 64, 65];

    /// <summary>The ways that checks try: at once, which keeps the logits of every token, token by token, and in two parts cut at many places.</summary>
    /// <param name="length">Tokens of the text.</param>
    public static IEnumerable<TextReading> All(int length) =>
    [
        new TextReading("at once", [length], KeepsAll: true),
        new TextReading("token by token", [.. Enumerable.Repeat(1, length)]),
        .. Cuts.Where(cut => cut < length).Select(cut => new TextReading($"cut at {cut}", [cut, length - cut])),
    ];

    /// <summary>Lets a sequence read a text from its start.</summary>
    /// <param name="session">The sequence.</param>
    /// <param name="text">Token ids.</param>
    /// <returns>The logits that were kept, [vocabulary] each, by the number of the token that they follow.</returns>
    public SortedDictionary<int, float[]> Read(Session session, ReadOnlySpan<int> text)
    {
        var logits = new SortedDictionary<int, float[]>();
        session.Rewind();
        int start = 0;
        foreach (int length in Lengths)
        {
            ReadOnlySpan<int> part = text.Slice(start, length);
            if (KeepsAll) session.Append(part, new Collector(logits, start));
            else
            {
                session.Append(part);
                logits.Add(start + length - 1, [.. session.Logits]);
            }

            start += length;
        }

        return logits;
    }

    private sealed class Collector(SortedDictionary<int, float[]> logits, int start) : ILogitsReader
    {
        public void Read(int first, Span<float> values, int vocabulary)
        {
            for (int i = 0; i < values.Length / vocabulary; i++) logits.Add(start + first + i, [.. values.Slice(i * vocabulary, vocabulary)]);
        }
    }
}
