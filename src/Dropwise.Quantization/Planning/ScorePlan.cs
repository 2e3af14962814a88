using System.Collections.Immutable;

namespace Dropwise.Quantization.Planning;

/// <summary>
/// Gives blocks tiers by one score each, as EWQ does: more than <c>Mean</c> keeps the first tier, more than <c>Mean − factor · Deviation</c> the second, the rest the third.
/// A budget then lowers blocks in the order of their scores, the first tier first, or raises those that it has room for.
/// </summary>
/// <param name="Scores">The score of each block: the lower, the fewer bits.</param>
/// <param name="Mean">μ.</param>
/// <param name="Deviation">σ.</param>
public sealed record ScorePlan(ImmutableArray<double> Scores, double Mean, double Deviation)
{
    /// <summary>Scores with their own mean and their own deviation, that of all blocks rather than of a sample of them.</summary>
    /// <param name="scores">The scores.</param>
    public static ScorePlan Of(ImmutableArray<double> scores)
    {
        double mean = scores.Average();
        return new ScorePlan(scores, mean, Math.Sqrt(scores.Average(score => (score - mean) * (score - mean))));
    }

    /// <summary>The tier that thresholds alone give each block.</summary>
    /// <param name="tiers">Tiers that there are; the last takes what would come after it.</param>
    /// <param name="factor">X: deviations below the mean where the third tier begins.</param>
    public int[] Thresholds(int tiers, double factor) =>
        [.. Scores.Select(score => Math.Min(score > Mean ? 0 : score > Mean - (factor * Deviation) ? 1 : 2, tiers - 1))];

    /// <summary>The tier of each block.</summary>
    /// <param name="tiers">What blocks may become.</param>
    /// <param name="factor">X: deviations below the mean where the third tier begins.</param>
    /// <param name="budget">Bits that all blocks may take, or null for what the thresholds give.</param>
    /// <exception cref="QuantizationException">Even the last tier takes more for all blocks.</exception>
    public int[] Assign(BlockTiers tiers, double factor, long? budget)
    {
        int[] plan = Thresholds(tiers.Tiers.Length, factor);
        if (budget is not { } most) return plan;
        Knapsack.RequireRoom(tiers, most);
        int[] ascending = [.. Enumerable.Range(0, plan.Length)];

        // A stable order: of equal scores the earlier block counts as the lower one.
        Array.Sort(ascending, (a, b) => Scores[a] != Scores[b] ? Scores[a].CompareTo(Scores[b]) : a.CompareTo(b));
        for (int tier = 0; tier < tiers.Tiers.Length - 1; tier++)
        {
            foreach (int block in ascending)
            {
                if (plan[block] == tier && tiers.BitsOf(plan) > most) plan[block]++;
            }
        }

        for (int tier = tiers.Tiers.Length - 1; tier > 0; tier--)
        {
            for (int i = ascending.Length - 1; i >= 0; i--)
            {
                int block = ascending[i];
                if (plan[block] == tier && tiers.BitsOf(plan) + tiers.BitsOf(block, tier - 1) - tiers.BitsOf(block, tier) <= most) plan[block]--;
            }
        }

        return plan;
    }
}
