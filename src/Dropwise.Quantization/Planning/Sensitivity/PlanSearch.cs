using System.Collections.Immutable;

namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>
/// Chooses among whole plans. Costs of single blocks do not say all: a level's codes were made for what the same level of the blocks before gives them, so that one block at a higher
/// level than all others can be worse than none, and a run of them better than their sum. The exact solution for single costs is therefore one candidate beside simple ones, and costs are measured
/// anew around the best, until nothing better comes of it. Candidates are judged on windows that costs were not measured on, where there are enough, and one replaces a simpler one only where chance does not explain the difference.
/// </summary>
/// <param name="tiers">What blocks may become.</param>
/// <param name="budget">Bits that all blocks may take.</param>
/// <param name="costs">Windows that costs are measured on.</param>
/// <param name="judges">Windows that whole plans are compared on.</param>
internal sealed class PlanSearch(BlockTiers tiers, long budget, PlanPasses costs, PlanPasses judges)
{
    /// <summary>How often costs are measured anew at most; a second time has been enough so far.</summary>
    public const int MostRounds = 3;

    // What a changed block has to be worth, in parts of what changed blocks are worth on average: 0 is the exact solution for the costs, and more keeps to plans nearer to the one
    // that the costs were measured around, where they hold better.
    private static readonly double[] Reluctances = [0, 0.5, 1, 2];

    private readonly List<WholePlan> _measured = [];
    private int _best;

    /// <summary>Compares a plan with the best so far.</summary>
    /// <param name="name">Where it is from.</param>
    /// <param name="plan">The plan, within the budget; simpler ones come first.</param>
    public void Consider(string name, int[] plan)
    {
        if (_measured.Exists(one => one.Plan.SequenceEqual(plan))) return;
        _measured.Add(new WholePlan(name, plan, judges.Divergences(plan)));
        if (PairedDifference.Of(_measured[^1].Divergences, _measured[_best].Divergences).IsBetter) _best = _measured.Count - 1;
    }

    /// <summary>Measures costs, and searches from what was considered already.</summary>
    /// <param name="around">What other blocks are while one is measured first.</param>
    public MeasuredPlan Run(int[] around)
    {
        ImmutableArray<ImmutableArray<double>> first = costs.Costs(around, tiers.Tiers.Length);
        Consider("knapsack", Knapsack.Solve(tiers, [.. first], budget));
        for (int round = 1; round <= MostRounds; round++)
        {
            int before = _best;
            int[] center = _measured[before].Plan;
            ImmutableArray<ImmutableArray<double>> local = center.SequenceEqual(around) ? first : costs.Costs(center, tiers.Tiers.Length);
            foreach (int[] plan in Steps(center, local)) Consider($"refined {round}", plan);
            if (_best == before) break;
        }

        WholePlan best = _measured[_best];
        return new MeasuredPlan(
            [.. best.Plan], first, [.. _measured.Select(one => new PlanCandidate(one.Name, [.. one.Plan], one.Divergences.Average(), PairedDifference.Of(one.Divergences, best.Divergences)))]);
    }

    /// <summary>The exact solutions for costs that were measured around a plan, where a changed block costs something for being changed.</summary>
    private IEnumerable<int[]> Steps(int[] center, ImmutableArray<ImmutableArray<double>> local)
    {
        int[] free = Knapsack.Solve(tiers, [.. local], budget);
        int[] changed = [.. Enumerable.Range(0, free.Length).Where(block => free[block] != center[block])];
        if (changed.Length == 0) yield break;
        double worth = Math.Max(0, changed.Average(block => local[block][center[block]] - local[block][free[block]]));
        foreach (double reluctance in Reluctances)
        {
            yield return Knapsack.Solve(
                tiers, [.. local.Select((list, block) => list.Select((cost, tier) => cost + (tier == center[block] ? 0 : reluctance * worth)).ToArray())], budget);
        }
    }

    private sealed record WholePlan(string Name, int[] Plan, double[] Divergences);
}
