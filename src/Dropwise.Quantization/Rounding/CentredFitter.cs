namespace Dropwise.Quantization.Rounding;

/// <summary>ŵ = s · v: signed or unsigned integers, or the values of a table. Both signs of s are tried, because −8 … 7 and most tables are lopsided.</summary>
/// <param name="values">What codes stand for.</param>
/// <param name="smallest">The smallest code value.</param>
/// <param name="largest">The largest code value.</param>
/// <param name="type">The type of the scale.</param>
/// <typeparam name="TValues">The kind of code.</typeparam>
internal sealed class CentredFitter<TValues>(TValues values, float smallest, float largest, ScalarType type) : GroupFitter
    where TValues : struct, ICodeValues
{
    /// <inheritdoc/>
    public override GroupFit Fit(WeightGroup group)
    {
        var best = new GroupFit(0, 0, group.Error(values, 0, 0));
        if (group.Magnitude == 0) return best;

        // The largest weight meets one end of the codes or the other, with either sign, or is clipped there.
        foreach (float end in (ReadOnlySpan<float>)[smallest, largest])
        {
            if (end == 0) continue;
            foreach (float clip in Clips)
            {
                float scale = ScalarRounding.Round(type, clip * group.Magnitude / end);
                best = Better(group, best, scale);
                best = Better(group, best, -scale);
            }
        }

        return RefineScale(group, values, type, best);
    }

    /// <inheritdoc/>
    public override void Encode(WeightGroup group, GroupFit fit, Span<ushort> codes) => group.Encode(values, fit.Scale, 0, codes);

    private GroupFit Better(WeightGroup group, GroupFit best, float scale)
    {
        float error = group.Error(values, scale, 0);
        return error < best.Error ? new GroupFit(scale, 0, error) : best;
    }
}
