using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// The scale and the centre of a group without the weights that are worth high precision: leaving one out (SpQR, arXiv 2306.03078) pays if the others' error
/// falls by more than its price. Only the ends of the range can shrink it, so only they are tried.
/// </summary>
/// <param name="format">A format of uniform codes.</param>
/// <param name="price">What a weight in high precision costs.</param>
internal sealed class KeptRange(FormatDescriptor format, float price)
{
    // Beyond these a group has no outliers but a wide distribution, and pays with its scale.
    private const int MostPerGroup = 4;

    private readonly OffsetFitter _fitter = new(format.MinimumCode, format.MaximumCode, ScalarType.Float32);
    private readonly float[] _kept = new float[format.GroupSize];
    private readonly float[] _costs = new float[format.GroupSize];
    private readonly float[] _others = new float[format.GroupSize];
    private readonly float[] _otherCosts = new float[format.GroupSize];

    /// <summary>Fits a group.</summary>
    /// <param name="group">What the group is due to be.</param>
    /// <param name="memory">Memory for a group.</param>
    /// <returns>A positive scale, or 0 for a group of zeros, and the weight in the middle of the codes.</returns>
    public (float Scale, float Centre) Fit(in DueGroup group, WeightGroup memory)
    {
        group.Corrected.CopyTo(_kept);
        group.Costs.CopyTo(_costs);
        int count = group.Length;
        GroupFit fit = FitOf(_kept, _costs, count, memory);
        while (count > 2 && count > group.Length - MostPerGroup && fit.Error > price)
        {
            (int lowest, int highest) = Ends(_kept.AsSpan(0, count));
            GroupFit withoutLowest = Without(lowest, count, memory);
            GroupFit withoutHighest = Without(highest, count, memory);
            (int place, GroupFit without) = withoutLowest.Error < withoutHighest.Error ? (lowest, withoutLowest) : (highest, withoutHighest);
            if (fit.Error - without.Error <= price) break;
            count--;
            _kept[place] = _kept[count];
            _costs[place] = _costs[count];
            fit = without;
        }

        // A constant group is one code: the one below the middle, which lies between two.
        float scale = fit.Scale == 0 ? Math.Abs(fit.Zero) : fit.Scale;
        float middle = 0.5f * (format.MinimumCode + format.MaximumCode);
        return (scale, fit.Zero + (fit.Scale == 0 ? 0.5f * scale : scale * middle));
    }

    private static (int Lowest, int Highest) Ends(ReadOnlySpan<float> values)
    {
        int lowest = 0;
        int highest = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] < values[lowest]) lowest = i;
            if (values[i] > values[highest]) highest = i;
        }

        return (lowest, highest);
    }

    private GroupFit Without(int place, int count, WeightGroup memory)
    {
        _kept.CopyTo(_others);
        _costs.CopyTo(_otherCosts);
        _others[place] = _others[count - 1];
        _otherCosts[place] = _otherCosts[count - 1];
        return FitOf(_others, _otherCosts, count - 1, memory);
    }

    private GroupFit FitOf(float[] values, float[] costs, int count, WeightGroup memory)
    {
        memory.Load(values.AsSpan(0, count), costs.AsSpan(0, count));
        return _fitter.Fit(memory);
    }
}
