namespace Dropwise.Tokenization.Models;

/// <summary>
/// Applies merge rules to a short piece in place. Finding the best rule by looking at all of them takes quadratic time, which for a word
/// is several times faster than keeping a queue.
/// </summary>
internal static class ShortMerge
{
    /// <summary>The most symbols of a piece that is short. Words of four bytes a letter stay below; at twice the length the queue wins.</summary>
    internal const int MostSymbols = 48;

    private const int NoRule = int.MaxValue;

    /// <summary>Merges until no rule applies.</summary>
    /// <param name="ids">The symbols, at most <see cref="MostSymbols"/>; what is left stands at the beginning.</param>
    /// <param name="table">The rules.</param>
    /// <returns>The number of symbols that are left.</returns>
    internal static int Apply(Span<int> ids, MergeTable table)
    {
        // The rule of each symbol with the one after it.
        Span<(int Rank, int Merged)> rules = stackalloc (int, int)[MostSymbols];
        int count = ids.Length;
        for (int index = 0; index + 1 < count; index++)
            rules[index] = Rule(ids[index], ids[index + 1], table);
        while (true)
        {
            int best = Best(rules[..Math.Max(count - 1, 0)]);
            if (best < 0)
                return count;
            ids[best] = rules[best].Merged;
            ids[(best + 2)..count].CopyTo(ids[(best + 1)..]);
            rules[(best + 1)..(count - 1)].CopyTo(rules[best..]);
            count--;
            if (best > 0)
                rules[best - 1] = Rule(ids[best - 1], ids[best], table);
            if (best + 1 < count)
                rules[best] = Rule(ids[best], ids[best + 1], table);
        }
    }

    /// <summary>The leftmost of the rules with the lowest rank; −1 if there is none.</summary>
    private static int Best(ReadOnlySpan<(int Rank, int Merged)> rules)
    {
        int best = -1;
        int lowest = NoRule;
        for (int index = 0; index < rules.Length; index++)
        {
            if (rules[index].Rank < lowest)
                (best, lowest) = (index, rules[index].Rank);
        }
        return best;
    }

    private static (int Rank, int Merged) Rule(int left, int right, MergeTable table) =>
        table.TryFind(left, right, out (int Rank, int Merged) rule) ? rule : (NoRule, 0);
}
