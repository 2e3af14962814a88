namespace Dropwise.Quantization.EndToEnd.Codes;

/// <summary>The groups of a matrix that may change in a step, in the order in which they do.</summary>
internal static class GroupOrder
{
    /// <summary>Chooses groups.</summary>
    /// <param name="wants">How much each group wants to change, squared.</param>
    /// <param name="options">How many, and how they are chosen.</param>
    /// <param name="random">Decides what is chosen at random.</param>
    /// <param name="reserve">How many times as many groups to name, for those that want to change and cannot: codes at the end of their range.</param>
    public static int[] Of(float[] wants, CodeTuningOptions options, Random random, int reserve = 1)
    {
        int count = (int)Math.Min(wants.Length, (long)reserve * CountOf(wants.Length, options));
        int[] groups = [.. Enumerable.Range(0, wants.Length)];
        if (options.Share >= 1 && options.TrustRatio is null) return groups;

        // The largest keys come first. Proportional choice without replacement is the order of keys of u^(1 / want) with u uniform (Efraimidis and Spirakis), here by
        // its logarithm: the waiting time of an event that happens want times a second.
        double[] keys = options.Choice switch
        {
            GroupChoice.Proportional => [.. wants.Select(want => Math.Log(1 - random.NextDouble()) / Math.Max(want, float.Epsilon))],
            GroupChoice.Uniform => [.. wants.Select(_ => random.NextDouble())],
            _ => [.. wants.Select(static want => (double)want)],
        };
        if (count < wants.Length) groups = Largest(keys, count);
        Array.Sort(groups, (a, b) => keys[a] == keys[b] ? a.CompareTo(b) : keys[b].CompareTo(keys[a]));
        return groups;
    }

    /// <summary>How many groups may change in a step.</summary>
    /// <param name="groups">Groups of the matrix.</param>
    /// <param name="options">Their share.</param>
    public static int CountOf(int groups, CodeTuningOptions options) => Math.Clamp((int)Math.Ceiling(options.Share * groups), 1, groups);

    /// <summary>The indices of the largest keys; of equal ones at the edge, the first.</summary>
    private static int[] Largest(double[] keys, int count)
    {
        double[] sorted = [.. keys];
        Array.Sort(sorted);
        double edge = sorted[^count];
        var chosen = new List<int>(count);
        int equal = count - keys.Count(key => key > edge);
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] > edge || (keys[i] == edge && equal-- > 0)) chosen.Add(i);
        }

        return [.. chosen];
    }
}
