namespace Dropwise.Inference.Tasks;

/// <summary>A share of right answers with its standard error.</summary>
/// <param name="Count">Questions, at least one.</param>
/// <param name="Value">The share, 0 to 1.</param>
/// <param name="StandardError">The standard error of the share, or null where one question a subject says nothing about it.</param>
public sealed record Proportion(int Count, double Value, double? StandardError)
{
    /// <summary>
    /// Pools groups as lm-evaluation-harness does: the variance of n answers, of which a share p is right, is n / (n − 1) · p (1 − p); those of
    /// the groups are weighted by n − 1. For one group that is the root of p (1 − p) / (n − 1).
    /// </summary>
    /// <param name="groups">Questions and right answers of each, at least one group.</param>
    public static Proportion Pool(IReadOnlyCollection<(int Count, int Right)> groups)
    {
        int count = groups.Sum(group => group.Count), right = groups.Sum(group => group.Right);
        double squares = groups.Sum(group => (double)group.Right * (group.Count - group.Right) / group.Count);
        double? error = count > groups.Count ? Math.Sqrt(squares / (count - groups.Count) / count) : null;
        return new Proportion(count, (double)right / count, error);
    }
}
