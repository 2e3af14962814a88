using System.Text;

namespace Dropwise.Snapshots;

/// <summary>Writes the difference of two texts as <c>diff -u</c> does.</summary>
internal static class UnifiedDiff
{
    private const int Context = 3;

    /// <summary>The hunks that turn one text into another; empty where they are the same.</summary>
    /// <param name="before">The old text, LF line ends.</param>
    /// <param name="after">The new text, LF line ends.</param>
    /// <param name="beforeName">What the old text is called.</param>
    /// <param name="afterName">What the new text is called.</param>
    public static string Of(string before, string after, string beforeName, string afterName)
    {
        DiffLine[] lines = [.. LineDiff.Of(Lines(before), Lines(after))];
        var text = new StringBuilder();
        for (int i = 0; i < lines.Length;)
        {
            if (lines[i].Sign == ' ')
            {
                i++;
                continue;
            }

            int start = Math.Max(0, i - Context);
            int end = EndOfHunk(lines, i);
            if (text.Length == 0) text.Append($"--- {beforeName}\n+++ {afterName}\n");
            Write(text, lines, start, end);
            i = end;
        }

        return text.ToString();
    }

    // Changes whose contexts touch share a hunk.
    private static int EndOfHunk(DiffLine[] lines, int change)
    {
        int end = change;
        for (int i = change; i < lines.Length && i <= end + (2 * Context); i++)
        {
            if (lines[i].Sign != ' ') end = i;
        }

        return Math.Min(lines.Length, end + 1 + Context);
    }

    private static void Write(StringBuilder text, DiffLine[] lines, int start, int end)
    {
        ReadOnlySpan<DiffLine> hunk = lines.AsSpan(start, end - start);
        int before = Count(hunk, '+');
        int after = Count(hunk, '-');
        int beforeStart = Count(lines.AsSpan(0, start), '+');
        int afterStart = Count(lines.AsSpan(0, start), '-');

        // Line numbers count from 1, and an empty side stands at the line before it.
        text.Append($"@@ -{beforeStart + (before == 0 ? 0 : 1)},{before} +{afterStart + (after == 0 ? 0 : 1)},{after} @@\n");
        foreach (DiffLine line in hunk) text.Append(line.Sign).Append(line.Text).Append('\n');
    }

    // Lines of one side: all but those that only the other side has.
    private static int Count(ReadOnlySpan<DiffLine> lines, char other)
    {
        int count = 0;
        foreach (DiffLine line in lines)
        {
            if (line.Sign != other) count++;
        }

        return count;
    }

    // A line feed ends a line; text after the last one is a line too.
    private static string[] Lines(string text)
    {
        if (text.Length == 0) return [];
        string[] lines = text.Split('\n');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
