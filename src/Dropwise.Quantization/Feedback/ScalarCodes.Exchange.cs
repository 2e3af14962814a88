using System.Runtime.Intrinsics;
using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// Coordinate descent on tr(Δ H Δᵀ) after all inputs are settled: feedback decides in order, and never knows how later inputs were rounded. Each step is the
/// exact minimum over one scale, offset or code, so no step raises the error.
/// </summary>
internal sealed partial class ScalarCodes<TValues>
{
    // A change has to gain more than what float32 slopes have lost.
    private const float LeastGain = 1e-4f;

    // Changes of sixteen neighbours before others have their turn.
    private const int MostChanges = 16;

    /// <inheritdoc/>
    public override GroupChoice Rescale(in SettledGroup group, GroupChoice choice)
    {
        Span<float> direction = stackalloc float[group.Length];
        float shift = Zero == ZeroPoint.Original ? choice.Zero : 0;
        for (int j = 0; j < direction.Length; j++) direction[j] = group.Points[j] - shift;
        float change = Step(group, direction, choice.Scale);
        if (change != 0) choice = Choice(choice.Scale + change, choice.Zero);
        if (Zero != ZeroPoint.Rescale) return choice;
        direction.Fill(1);
        change = Step(group, direction, choice.Zero);
        return change == 0 ? choice : Choice(choice.Scale, choice.Zero + change);
    }

    /// <inheritdoc/>
    public override void Exchange(in SettledGroup group, GroupChoice choice)
    {
        if (OutlierType is { } type) MoveOutliers(group, type);
        for (int chunk = 0; chunk < group.Length; chunk += Lanes)
        {
            for (int change = 0; change < MostChanges && ExchangeOne(group, choice, chunk); change++)
            {
            }
        }
    }

    // Takes the best number of its type in a direction; returns by how much it changed.
    private float Step(in SettledGroup group, ReadOnlySpan<float> direction, float current)
    {
        Span<float> product = stackalloc float[group.Slopes.Length];
        product.Clear();
        for (int j = 0; j < direction.Length; j++) FloatSpans.AddScaled(product, group.MomentsOf(j), direction[j]);
        float slope = FloatSpans.Dot(direction, group.Slopes.Slice(group.First, direction.Length));
        float curve = FloatSpans.Dot(direction, product.Slice(group.First, direction.Length));
        if (!(curve > 0)) return 0;
        float change = ScalarRounding.Round(ScaleType, current + (slope / curve)) - current;
        if (!(change * ((2 * slope) - (change * curve)) > LeastGain * change * change * curve) || current + change == 0) return 0;
        FloatSpans.AddScaled(group.Slopes, product, -change);
        FloatSpans.AddScaled(group.Values, direction, change);
        return change;
    }

    // A weight in high precision takes what is best for the row.
    private static void MoveOutliers(in SettledGroup group, ScalarType type)
    {
        for (int j = 0; j < group.Length; j++)
        {
            if (!group.IsOutlier[j]) continue;
            float slope = group.Slopes[group.First + j];
            float value = ScalarRounding.Round(type, group.Values[j] + (slope / group.Diagonal[j]));
            float change = value - group.Values[j];
            if (!(change * ((2 * slope) - (change * group.Diagonal[j])) > LeastGain * change * change * group.Diagonal[j])) continue;
            group.Points[j] = value;
            group.Values[j] = value;
            FloatSpans.AddScaled(group.Slopes, group.MomentsOf(j), -change);
        }
    }

    private bool ExchangeOne(in SettledGroup group, GroupChoice choice, int chunk)
    {
        Vector512<float> scale = Vector512.Create(choice.Scale);
        Vector512<float> offset = Vector512.Create(choice.Offset);
        Vector512<float> value = Load(group.Values, chunk);
        Vector512<float> slope = Load(group.Slopes, group.First + chunk);
        Vector512<float> curve = Load(group.Diagonal, chunk);
        Vector512<float> point = values.Nearest((value + (slope / curve) - offset) * Inverse(scale));
        Vector512<float> change = Vector512.FusedMultiplyAdd(scale, point, offset) - value;
        Vector512<float> gain = change * ((slope + slope) - (change * curve));
        Vector512<float> enough = Vector512.GreaterThan(gain, Vector512.Create(LeastGain) * change * change * curve);
        int count = Math.Min(Lanes, group.Length - chunk);
        ulong lanes = enough.ExtractMostSignificantBits() & ((1UL << count) - 1);
        for (int lane = 0; lane < count; lane++) lanes &= ~((group.IsOutlier[chunk + lane] ? 1UL : 0) << lane);
        if (lanes == 0) return false;

        int best = -1;
        for (int lane = 0; lane < count; lane++)
        {
            if ((lanes >> lane & 1) != 0 && (best < 0 || gain[lane] > gain[best])) best = lane;
        }

        group.Points[chunk + best] = point[best];
        group.Values[chunk + best] += change[best];
        FloatSpans.AddScaled(group.Slopes, group.MomentsOf(chunk + best), -change[best]);
        return true;
    }

    private static Vector512<float> Load(ReadOnlySpan<float> values, int index) =>
        Vector512.LoadUnsafe(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(values), (nuint)index);
}
