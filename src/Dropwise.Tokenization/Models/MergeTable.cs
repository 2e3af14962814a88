namespace Dropwise.Tokenization.Models;

/// <summary>The merge rules by the pair that they join.</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<ulong, (int Rank, int Merged)> _rules;

    /// <param name="rules">The rules; of two for one pair the last one holds.</param>
    internal MergeTable(IReadOnlyList<MergeRule> rules)
    {
        _rules = new Dictionary<ulong, (int, int)>(rules.Count);
        foreach (MergeRule rule in rules)
            _rules[Key(rule.Left, rule.Right)] = (rule.Rank, rule.Merged);
    }

    /// <summary>Finds the rule for two neighbouring tokens.</summary>
    internal bool TryFind(int left, int right, out (int Rank, int Merged) rule) => _rules.TryGetValue(Key(left, right), out rule);

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
