namespace Dropwise.Snapshots;

/// <summary>One line of a difference.</summary>
/// <param name="Sign"><c>' '</c> kept, <c>'-'</c> only before, <c>'+'</c> only after.</param>
/// <param name="Text">The line without its end.</param>
internal readonly record struct DiffLine(char Sign, string Text);

/// <summary>
/// A shortest edit script between two lists of lines (E. Myers, "An O(ND) difference algorithm and its variations", 1986, the greedy
/// algorithm of section 4).
/// </summary>
internal static class LineDiff
{
    /// <summary>The lines of both lists in order, each with its sign.</summary>
    /// <param name="before">The old lines.</param>
    /// <param name="after">The new lines.</param>
    public static IEnumerable<DiffLine> Of(string[] before, string[] after)
    {
        var script = new Stack<DiffLine>();
        int x = before.Length;
        int y = after.Length;
        List<int[]> rounds = FurthestPoints(before, after);
        for (int d = rounds.Count - 1; d >= 0; d--)
        {
            // Where this round's path left the previous round's; the first round starts at the origin.
            int[] furthest = d == 0 ? [] : rounds[d - 1];
            int k = x - y;
            bool down = d != 0 && (k == -d || (k != d && At(furthest, d - 1, k - 1) < At(furthest, d - 1, k + 1)));
            int fromX = d == 0 ? 0 : At(furthest, d - 1, down ? k + 1 : k - 1);
            int fromY = d == 0 ? 0 : fromX - (down ? k + 1 : k - 1);
            int startX = d == 0 || down ? fromX : fromX + 1;
            while (x > startX) script.Push(new DiffLine(' ', before[--x]));
            if (d != 0) script.Push(down ? new DiffLine('+', after[fromY]) : new DiffLine('-', before[fromX]));
            (x, y) = (fromX, fromY);
        }

        return script;
    }

    // After d edits, for each diagonal k = x − y of −d, −d + 2, …, d: the furthest x that is reached. One list a round.
    private static List<int[]> FurthestPoints(string[] before, string[] after)
    {
        var rounds = new List<int[]>();
        for (int d = 0; ; d++)
        {
            var furthest = new int[d + 1];
            int[] previous = d == 0 ? [] : rounds[d - 1];
            rounds.Add(furthest);
            for (int k = -d; k <= d; k += 2)
            {
                bool down = k == -d || (k != d && At(previous, d - 1, k - 1) < At(previous, d - 1, k + 1));
                int x = d == 0 ? 0 : down ? At(previous, d - 1, k + 1) : At(previous, d - 1, k - 1) + 1;
                while (x < before.Length && x - k < after.Length && before[x] == after[x - k]) x++;
                furthest[(k + d) / 2] = x;
                if (x >= before.Length && x - k >= after.Length) return rounds;
            }
        }
    }

    private static int At(int[] furthest, int d, int k) => furthest[(k + d) / 2];
}
