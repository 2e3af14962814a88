namespace Dropwise.Quantization.Rounding;

/// <summary>
/// Chooses the weights that are worth 32 bits of their own: those without which the range of their group, and with it the step of all its
/// codes, shrinks most. The gain of a removal is the fall of the squared range, which the squared error of rounding follows.
/// </summary>
internal sealed class OutlierChoice
{
    // Beyond these a group has no outliers but a wide distribution, and pays with its scale.
    private const int MostPerGroup = 4;

    // A positive float's upper bits order it; 2^16 bins are 0.8 % apart.
    private const int Bins = 1 << 16;

    private readonly FloatMatrix _weights;
    private readonly int _groupSize;
    private readonly float _threshold;

    /// <summary>Finds the threshold for a share of all weights.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="groupSize">Inputs of a group.</param>
    /// <param name="share">The largest part of the weights to choose, 0 to 1.</param>
    /// <param name="run">Workers and cancellation.</param>
    public OutlierChoice(FloatMatrix weights, int groupSize, double share, QuantizationRun run)
    {
        _weights = weights;
        _groupSize = groupSize;
        long[] histogram = new long[Bins];
        run.ForPieces(weights.Rows, 16, (start, end) =>
        {
            Span<float> gains = stackalloc float[MostPerGroup];
            Span<int> places = stackalloc int[MostPerGroup];
            for (int row = start; row < end; row++)
            {
                for (int first = 0; first < weights.Columns; first += groupSize)
                {
                    int count = Gains(Group(row, first), gains, places);
                    for (int i = 0; i < count; i++) Interlocked.Increment(ref histogram[BitConverter.SingleToUInt32Bits(gains[i]) >> 16]);
                }
            }
        });

        // Whole bins from the top, as long as they stay inside the share.
        var budget = (long)(share * weights.Rows * weights.Columns);
        int bin = Bins - 1;
        while (bin > 0 && (budget -= histogram[bin]) >= 0) bin--;
        _threshold = BitConverter.UInt32BitsToSingle((uint)(bin + 1) << 16);
    }

    /// <summary>Marks the outliers of one group.</summary>
    /// <param name="row">Output row.</param>
    /// <param name="first">The group's first input.</param>
    /// <param name="outliers">Receives true for each outlier; false before.</param>
    public void Mark(int row, int first, Span<bool> outliers)
    {
        Span<float> gains = stackalloc float[MostPerGroup];
        Span<int> places = stackalloc int[MostPerGroup];
        int count = Gains(Group(row, first), gains, places);
        for (int i = 0; i < count && gains[i] >= _threshold; i++) outliers[places[i]] = true;
    }

    private ReadOnlySpan<float> Group(int row, int first) =>
        _weights.Row(row).Slice(first, Math.Min(_groupSize, _weights.Columns - first));

    // The gains of removing one weight after the other, each time the end of the range that shrinks it more; made to descend, so
    // that a threshold keeps a prefix. Gains of zero are no gains.
    private static int Gains(ReadOnlySpan<float> group, Span<float> gains, Span<int> places)
    {
        Span<bool> removed = stackalloc bool[group.Length];
        float before = float.PositiveInfinity;
        for (int i = 0; i < Math.Min(MostPerGroup, group.Length - 2); i++)
        {
            (int lowest, float low, float nextLow) = Ends(group, removed, 1);
            (int highest, float high, float nextHigh) = Ends(group, removed, -1);
            float range = high - low;
            float withoutLowest = high - nextLow;
            float withoutHighest = nextHigh - low;
            bool lower = withoutLowest < withoutHighest;
            float rest = Math.Min(withoutLowest, withoutHighest);
            before = Math.Min(before, (range * range) - (rest * rest));
            if (!(before > 0)) return i;
            gains[i] = before;
            places[i] = lower ? lowest : highest;
            removed[places[i]] = true;
        }

        return Math.Min(MostPerGroup, Math.Max(group.Length - 2, 0));
    }

    // The smallest of what is left, times a sign, and the one after it.
    private static (int Place, float Value, float Next) Ends(ReadOnlySpan<float> group, ReadOnlySpan<bool> removed, int sign)
    {
        int place = -1;
        float value = float.PositiveInfinity;
        float next = float.PositiveInfinity;
        for (int k = 0; k < group.Length; k++)
        {
            if (removed[k]) continue;
            float weight = sign * group[k];
            if (weight < value) (place, value, next) = (k, weight, value);
            else if (weight < next) next = weight;
        }

        return (place, sign * value, sign * next);
    }
}
