namespace Dropwise.Quantization.Rounding;

/// <summary>ŵ = s · (q − z) with an integer z in the range of the codes.</summary>
/// <param name="smallest">The smallest code.</param>
/// <param name="largest">The largest code.</param>
/// <param name="type">The type of the scale.</param>
internal sealed class ZeroPointFitter(int smallest, int largest, ScalarType type) : GroupFitter
{
    /// <inheritdoc/>
    public override GroupFit Fit(WeightGroup group)
    {
        // The range holds 0, because z is a code: a group of one sign leaves the codes beyond 0 unused.
        float minimum = Math.Min(group.Minimum, 0);
        float range = Math.Max(group.Maximum, 0) - minimum;
        if (range == 0) return new GroupFit(0, smallest, 0);

        var best = new GroupFit(0, smallest, group.Error(Values(smallest), 0, 0));
        foreach (float clip in Clips)
        {
            float scale = ScalarRounding.Round(type, clip * range / (largest - smallest));
            if (scale == 0) continue;

            // Rounded, the zero of the clipped range; its neighbours move the range by a step each way.
            int middle = smallest + (int)MathF.Round(Math.Clamp(-minimum * clip / scale, 0, largest - smallest));
            for (int zero = Math.Max(middle - 1, smallest); zero <= Math.Min(middle + 1, largest); zero++)
            {
                float error = group.Error(Values(zero), scale, 0);
                if (error < best.Error) best = new GroupFit(scale, zero, error);
            }
        }

        return RefineScale(group, Values((int)best.Zero), type, best);
    }

    /// <inheritdoc/>
    public override void Encode(WeightGroup group, GroupFit fit, Span<ushort> codes) =>
        group.Encode(Values((int)fit.Zero), fit.Scale, 0, codes);

    private IntegerValues Values(int zero) => new(smallest - zero, largest - zero);
}
