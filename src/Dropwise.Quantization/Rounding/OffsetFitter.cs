namespace Dropwise.Quantization.Rounding;

/// <summary>ŵ = s · q + o with an offset of the scale's own type.</summary>
/// <param name="smallest">The smallest code.</param>
/// <param name="largest">The largest code.</param>
/// <param name="type">The type of scale and offset.</param>
internal sealed class OffsetFitter(int smallest, int largest, ScalarType type) : GroupFitter
{
    // Scale and offset move together here, which takes a few more steps than a scale alone.
    private const int RegressionSteps = 8;

    private readonly IntegerValues _values = new(smallest, largest);

    /// <inheritdoc/>
    public override GroupFit Fit(WeightGroup group)
    {
        // All codes mean the same number when the scale is 0: a constant group needs no more.
        float middle = 0.5f * (group.Minimum + group.Maximum);
        float half = 0.5f * (group.Maximum - group.Minimum);
        GroupFit best = Candidate(group, 0, middle);
        foreach (float clip in Clips)
        {
            float scale = ScalarRounding.Round(type, clip * 2 * half / (largest - smallest));
            if (scale == 0) continue;
            GroupFit candidate = Candidate(group, scale, middle - (clip * half) - (scale * smallest));
            if (candidate.Error < best.Error) best = candidate;
        }

        for (int step = 0; step < RegressionSteps; step++)
        {
            GroupMoments m = group.Moments(_values, best.Scale, best.Zero);
            float determinant = (m.Count * m.VV) - (m.V * m.V);
            if (determinant <= 0) break;
            float scale = ((m.Count * m.WV) - (m.V * m.W)) / determinant;
            GroupFit candidate = Candidate(group, ScalarRounding.Round(type, scale), (m.W - (scale * m.V)) / m.Count);
            if (candidate.Error >= best.Error) break;
            best = candidate;
        }

        return best;
    }

    /// <inheritdoc/>
    public override void Encode(WeightGroup group, GroupFit fit, Span<ushort> codes) =>
        group.Encode(_values, fit.Scale, fit.Zero, codes);

    private GroupFit Candidate(WeightGroup group, float scale, float offset)
    {
        float rounded = ScalarRounding.Round(type, offset);
        return new GroupFit(scale, rounded, group.Error(_values, scale, rounded));
    }
}
