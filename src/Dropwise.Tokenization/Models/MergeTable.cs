using System.Numerics;

namespace Dropwise.Tokenization.Models;

/// <summary>
/// The merge rules by the pair that they join. Gemma has 580,000 of them, so that nearly every look-up leaves the processor's caches:
/// keys and values share a line of open addressing, where a dictionary would touch two.
/// </summary>
internal sealed class MergeTable
{
    private const ulong Empty = ulong.MaxValue; // Ids are not negative, so that no pair has this key.

    private readonly Slot[] _slots;
    private readonly int _shift;

    /// <param name="rules">The rules; of two for one pair the last one holds.</param>
    internal MergeTable(IReadOnlyList<MergeRule> rules)
    {
        // A third of the places stays free even where the count is just below a power of two, so that a search ends soon.
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(rules.Count, 1) / 2 * 3 + 2);
        _shift = 64 - BitOperations.Log2((uint)size);
        _slots = new Slot[size];
        Array.Fill(_slots, new Slot(Empty, 0, 0));
        foreach (MergeRule rule in rules)
        {
            ulong key = Key(rule.Left, rule.Right);
            _slots[Find(key)] = new Slot(key, rule.Rank, rule.Merged);
        }
    }

    /// <summary>Finds the rule for two neighbouring tokens.</summary>
    internal bool TryFind(int left, int right, out (int Rank, int Merged) rule)
    {
        Slot slot = _slots[Find(Key(left, right))];
        rule = (slot.Rank, slot.Merged);
        return slot.Key != Empty;
    }

    /// <summary>The place of a key, or the free place where it would be.</summary>
    private int Find(ulong key)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15; // 2^64 divided by the golden ratio spreads neighbouring ids apart.
        int index = (int)((key * Multiplier) >> _shift);
        while (_slots[index].Key != key && _slots[index].Key != Empty)
            index = (index + 1) & (_slots.Length - 1);
        return index;
    }

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private readonly record struct Slot(ulong Key, int Rank, int Merged);
}
