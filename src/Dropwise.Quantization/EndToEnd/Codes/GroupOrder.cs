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
        if (options.Share >= 1 && options.TrustRatio is null) return [.. Enumerable.Range(0, wants.Length)];

        // The largest keys come first. Proportional choice without replacement is the order of keys of u^(1 / want) with u uniform (Efraimidis and Spirakis), here by
        // its logarithm: the waiting time of an event that happens want times a second.
        float[] keys = wants;
        if (options.Choice != GroupChoice.Greedy)
        {
            keys = new float[wants.Length];
            for (int i = 0; i < keys.Length; i++)
                keys[i] = options.Choice == GroupChoice.Uniform ? random.NextSingle() : (float)Math.Max(Math.Log(1 - random.NextDouble()) / Math.Max(wants[i], float.Epsilon), float.MinValue);
        }

        int[] groups = Largest(keys, count);
        var order = new float[count];
        for (int i = 0; i < count; i++) order[i] = -keys[groups[i]];
        Array.Sort(order, groups);
        return groups;
    }

    /// <summary>How many groups may change in a step.</summary>
    /// <param name="groups">Groups of the matrix.</param>
    /// <param name="options">Their share.</param>
    public static int CountOf(int groups, CodeTuningOptions options) => Math.Clamp((int)Math.Ceiling(options.Share * groups), 1, groups);

    /// <summary>The indices of the largest keys; of equal ones at the edge, the first.</summary>
    private static int[] Largest(float[] keys, int count)
    {
        float edge = EdgeOf([.. keys], keys.Length - count);
        int equal = count, at = 0;
        foreach (float key in keys)
        {
            if (key > edge) equal--;
        }

        var chosen = new int[count];
        for (int i = 0; i < keys.Length && at < count; i++)
        {
            if (keys[i] > edge || (keys[i] == edge && equal-- > 0)) chosen[at++] = i;
        }

        return chosen;
    }

    /// <summary>The key of a rank in ascending order, without sorting all others: whatever is on the wrong side of a pivot changes places, and one side is left.</summary>
    private static float EdgeOf(Span<float> keys, int rank)
    {
        while (keys.Length > 1)
        {
            float pivot = keys[keys.Length / 2];
            int low = 0, high = keys.Length - 1;
            while (low <= high)
            {
                while (keys[low] < pivot) low++;
                while (keys[high] > pivot) high--;
                if (low > high) break;
                (keys[low], keys[high]) = (keys[high], keys[low]);
                low++;
                high--;
            }

            if (rank <= high)
            {
                keys = keys[..(high + 1)];
            }
            else if (rank >= low)
            {
                keys = keys[low..];
                rank -= low;
            }
            else
            {
                return pivot;
            }
        }

        return keys[0];
    }
}
