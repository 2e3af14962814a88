using System.Runtime.Intrinsics;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// Scales are judged by what the group costs after feedback between its inputs, not by plain rounding: sixteen candidates run side by side, one a lane.
/// </summary>
/// <typeparam name="TValues">The kind of code.</typeparam>
internal sealed partial class ScalarCodes<TValues>(FormatDescriptor format, TValues values, GroupFitter fitter) : ScalarCodes(format)
    where TValues : struct, ICodeValues
{
    // The scale for plain rounding is off by less than a quarter; a second look is at steps of 0.8 %, below which the error does not change any more.
    private const float WideSpread = 0.25f;
    private const float NarrowSpread = 0.0625f;

    /// <inheritdoc/>
    public override GroupChoice Settle(in DueGroup group, SettleScratch scratch)
    {
        scratch.Group.Load(group.Corrected, group.Costs);
        GroupFit fit = fitter.Fit(scratch.Group);
        GroupChoice best = Choice(fit.Scale, fit.Zero);
        float cost = float.PositiveInfinity;
        Span<GroupChoice> candidates = stackalloc GroupChoice[Lanes];
        AddScales(best, WideSpread, candidates);
        Improve(group, candidates, scratch, ref best, ref cost);
        if (fit.Scale == 0) return best;
        if (Zero != ZeroPoint.None)
        {
            AddZeros(best, candidates);
            Improve(group, candidates, scratch, ref best, ref cost);
        }

        AddScales(best, NarrowSpread, candidates);
        Improve(group, candidates, scratch, ref best, ref cost);
        return best;
    }

    /// <inheritdoc/>
    public override ushort Code(float point) => values.Code(point);

    /// <inheritdoc/>
    public override void Improve(in DueGroup group, ReadOnlySpan<GroupChoice> candidates, SettleScratch scratch, ref GroupChoice best, ref float cost)
    {
        Span<float> scales = stackalloc float[Lanes];
        Span<float> offsets = stackalloc float[Lanes];
        for (int i = 0; i < Lanes; i++) (scales[i], offsets[i]) = (candidates[i].Scale, candidates[i].Offset);
        Vector512<float> costs = Run(group, Vector512.Create<float>(scales), Vector512.Create<float>(offsets), scratch);
        int lane = 0;
        for (int i = 1; i < Lanes; i++)
        {
            if (costs[i] < costs[lane]) lane = i;
        }

        if (!(costs[lane] < cost)) return;
        cost = costs[lane];
        best = candidates[lane];
        for (int j = 0; j < group.Length; j++) scratch.Chosen[j] = scratch.Points[j][lane];
    }

    // Scales around one, the codes' middle staying where it is if the format lets it.
    private void AddScales(GroupChoice around, float spread, Span<GroupChoice> candidates)
    {
        float middle = 0.5f * (MinimumCode + MaximumCode);
        for (int i = 0; i < Lanes; i++)
        {
            float scale = ScalarRounding.Round(ScaleType, around.Scale * (1 + (spread * (i - (Lanes / 2)) / (Lanes / 2))));
            float zero = Zero == ZeroPoint.Rescale ? ScalarRounding.Round(ScaleType, around.Zero + ((around.Scale - scale) * middle)) : around.Zero;
            candidates[i] = scale == 0 ? around : Choice(scale, zero);
        }
    }

    // Offsets half a step to both sides; integer zeros one to both sides, with scales around.
    private void AddZeros(GroupChoice around, Span<GroupChoice> candidates)
    {
        for (int i = 0; i < Lanes; i++)
        {
            if (Zero == ZeroPoint.Rescale)
            {
                candidates[i] = Choice(around.Scale, ScalarRounding.Round(ScaleType, around.Zero + (around.Scale * (i - (Lanes / 2)) / Lanes)));
                continue;
            }

            float zero = Math.Clamp(around.Zero + (i % 2 == 0 ? 1 : -1), MinimumCode, MaximumCode);
            float scale = ScalarRounding.Round(ScaleType, around.Scale * (1 + (NarrowSpread * ((i / 2) - (Lanes / 4)) / (Lanes / 4))));
            candidates[i] = scale == 0 ? around : Choice(scale, zero);
        }
    }

    // Each input takes the nearest code of its target with the errors of the inputs before it, or is an outlier if that is cheaper.
    private Vector512<float> Run(in DueGroup group, Vector512<float> scale, Vector512<float> offset, SettleScratch scratch)
    {
        Vector512<float> inverse = Inverse(scale);
        Vector512<float> cost = Vector512<float>.Zero;
        Vector512<float> price = Vector512.Create(group.OutlierPrice);
        ReadOnlySpan<Vector512<float>> errors = scratch.Errors;
        for (int j = 0; j < group.Length; j++)
        {
            ReadOnlySpan<float> gains = group.Gains.Slice(j * group.Length, group.Length);
            Vector512<float> sum0 = Vector512.Create(group.Corrected[j]);
            Vector512<float> sum1 = Vector512<float>.Zero, sum2 = sum1, sum3 = sum1;
            int i = 0;
            for (; i + 4 <= j; i += 4)
            {
                sum0 = Vector512.FusedMultiplyAdd(errors[i], Vector512.Create(gains[i]), sum0);
                sum1 = Vector512.FusedMultiplyAdd(errors[i + 1], Vector512.Create(gains[i + 1]), sum1);
                sum2 = Vector512.FusedMultiplyAdd(errors[i + 2], Vector512.Create(gains[i + 2]), sum2);
                sum3 = Vector512.FusedMultiplyAdd(errors[i + 3], Vector512.Create(gains[i + 3]), sum3);
            }

            for (; i < j; i++) sum0 = Vector512.FusedMultiplyAdd(errors[i], Vector512.Create(gains[i]), sum0);
            Vector512<float> due = sum0 + sum1 + (sum2 + sum3);
            Vector512<float> point = values.Nearest((due - offset) * inverse);
            Vector512<float> value = Vector512.FusedMultiplyAdd(scale, point, offset);
            Vector512<float> miss = due - value;
            Vector512<float> lost = miss * miss * Vector512.Create(group.Costs[j]);
            Vector512<float> isOutlier = Vector512.GreaterThan(lost, price);
            cost += Vector512.Min(lost, price);
            scratch.Points[j] = Vector512.ConditionalSelect(isOutlier, Vector512.Create(float.NaN), point);
            scratch.Errors[j] = Vector512.Create(group.Targets[j]) - Vector512.ConditionalSelect(isOutlier, due, value);
        }

        return cost;
    }

    // A scale without a finite inverse means that all weights are the offset.
    private static Vector512<float> Inverse(Vector512<float> scale) => Vector512.ConditionalSelect(
        Vector512.GreaterThanOrEqual(Vector512.Abs(scale), Vector512.Create(1.1754944E-38f)), Vector512<float>.One / scale, Vector512<float>.Zero);
}
