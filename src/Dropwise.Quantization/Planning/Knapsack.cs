namespace Dropwise.Quantization.Planning;

/// <summary>Chooses a tier for each block so that the sum of costs is the least that a budget of bits allows: exactly, by the plans that no other plan beats in both.</summary>
public static class Knapsack
{
    /// <summary>Solves.</summary>
    /// <param name="tiers">What blocks may become.</param>
    /// <param name="costs">What each tier costs each block, [blocks][tiers]; costs add up.</param>
    /// <param name="budget">Bits that all blocks may take.</param>
    /// <returns>The tier of each block.</returns>
    /// <exception cref="QuantizationException">Even the last tier takes more for all blocks.</exception>
    public static int[] Solve(BlockTiers tiers, IReadOnlyList<IReadOnlyList<double>> costs, long budget)
    {
        int count = tiers.Tiers.Length;
        long[] least = new long[tiers.Blocks + 1];
        for (int block = tiers.Blocks - 1; block >= 0; block--) least[block] = least[block + 1] + tiers.BitsOf(block, count - 1);
        RequireRoom(tiers, budget);
        List<Node> front = [new Node(0, 0, null, 0)];
        for (int block = 0; block < tiers.Blocks; block++)
        {
            var next = new List<Node>(front.Count * count);
            foreach (Node node in front)
            {
                for (int tier = 0; tier < count; tier++)
                {
                    long bits = node.Bits + tiers.BitsOf(block, tier);
                    if (bits + least[block + 1] <= budget) next.Add(new Node(bits, node.Cost + costs[block][tier], node, tier));
                }
            }

            front = Undominated(next);
        }

        Node best = front[^1];
        int[] plan = new int[tiers.Blocks];
        for (int block = tiers.Blocks - 1; block >= 0; block--)
        {
            plan[block] = best.Tier;
            best = best.Before!;
        }

        return plan;
    }

    /// <summary>Refuses a budget that nothing fits into.</summary>
    /// <param name="tiers">What blocks may become.</param>
    /// <param name="budget">Bits that all blocks may take.</param>
    /// <exception cref="QuantizationException">Even the last tier takes more for all blocks.</exception>
    public static void RequireRoom(BlockTiers tiers, long budget)
    {
        if (tiers.BitsOf(tiers.Uniform(tiers.Tiers.Length - 1)) > budget) throw TooSmall(tiers);
    }

    /// <summary>The error of a budget that nothing fits into.</summary>
    private static QuantizationException TooSmall(BlockTiers tiers) => new(
        FormattableString.Invariant($"the blocks take {tiers.BitsPerWeight(tiers.Uniform(tiers.Tiers.Length - 1)):0.000} bits a weight at the least, with {tiers.Tiers[^1].Name} for all"));

    /// <summary>By bits, each cheaper than all before it: the last is the cheapest.</summary>
    private static List<Node> Undominated(List<Node> nodes)
    {
        nodes.Sort(static (a, b) => a.Bits != b.Bits ? a.Bits.CompareTo(b.Bits) : a.Cost.CompareTo(b.Cost));
        var kept = new List<Node>();
        foreach (Node node in nodes)
        {
            if (kept.Count == 0 || node.Cost < kept[^1].Cost) kept.Add(node);
        }

        return kept;
    }

    /// <summary>A plan of the first blocks.</summary>
    private sealed record Node(long Bits, double Cost, Node? Before, int Tier);
}
