using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// Fits what rows share to the codes that they have. Scales, and apart from them zeros, are a step times a code less an offset, so tr(Δ H Δᵀ) is a quadratic of
/// two numbers; its minimum is taken if it is still a gain after both were rounded to what is stored.
/// </summary>
/// <param name="pairs">What codes of scales and zeros stand for.</param>
/// <param name="level">The second level of scales and zeros.</param>
internal sealed class StatisticsFit(PairSearch pairs, SecondLevelDescriptor level)
{
    // Below this share of its largest value a determinant says that all rows have the same code.
    private const double LeastDeterminant = 1e-9;

    private float[] _directions = [];
    private float[] _products = [];

    /// <summary>Fits step and offset of the rows' scales, or of their zeros.</summary>
    /// <param name="rows">The rows of the group's block; their weights follow.</param>
    /// <param name="group">The group.</param>
    /// <param name="first">The first row that shares the statistics.</param>
    /// <param name="scales">Step and offset of scales.</param>
    /// <param name="zeros">Step and offset of zeros.</param>
    /// <param name="ofZeros">Whether zeros are fitted.</param>
    /// <returns>The step and the offset of what was fitted.</returns>
    public (float Step, float Offset) Run(
        BlockRows rows, InputGroup group, int first, (float Step, float Offset) scales, (float Step, float Offset) zeros, bool ofZeros)
    {
        int count = Math.Min(level.GroupRows, rows.Count - first);
        Span<float> curves = stackalloc float[count];
        Span<float> slopes = stackalloc float[count];
        Span<float> codes = stackalloc float[count];
        (double c0, double c1, double c2, double s0, double s1) = (0, 0, 0, 0, 0);
        for (int i = 0; i < count; i++)
        {
            SettledGroup settled = rows.Of(first + i, group);
            GroupChoice choice = rows.Choice(first + i, group);
            int pair = (int)choice.Zero;
            Span<float> direction = Part(ref _directions, i, group.Length);
            Span<float> product = Part(ref _products, i, settled.Slopes.Length);
            product.Clear();
            for (int j = 0; j < direction.Length; j++)
            {
                direction[j] = settled.IsOutlier[j] ? 0 : ofZeros ? -choice.Scale : settled.Points[j] - pairs.ZeroOf(pair, zeros);
                FloatSpans.AddScaled(product, settled.MomentsOf(j), direction[j]);
            }

            curves[i] = FloatSpans.Dot(direction, product.Slice(settled.First, group.Length));
            slopes[i] = FloatSpans.Dot(direction, settled.Slopes.Slice(settled.First, group.Length));
            codes[i] = ofZeros ? pairs.ZeroCode(pair) : pairs.ScaleCode(pair);
            c0 += curves[i];
            c1 += curves[i] * codes[i];
            c2 += curves[i] * codes[i] * codes[i];
            s0 += slopes[i];
            s1 += slopes[i] * codes[i];
        }

        (float Step, float Offset) old = ofZeros ? zeros : scales;
        double determinant = (c0 * c2) - (c1 * c1);
        if (!(determinant > LeastDeterminant * c0 * c2)) return old;
        float step = ScalarRounding.Round(level.Stat, (float)(old.Step + (((c0 * s1) - (c1 * s0)) / determinant)));
        if (step == 0) return old;
        double constant = (old.Step * old.Offset) - (((c2 * s0) - (c1 * s1)) / determinant);
        float offset = ScalarRounding.Round(level.Stat, (float)(constant / step));
        if (!(Math.Abs(offset) <= SecondLevelFit.MostSteps)) return old;
        double gain = 0;
        double loss = 0;
        for (int i = 0; i < count; i++)
        {
            float change = (step * (codes[i] - offset)) - (old.Step * (codes[i] - old.Offset));
            gain += 2 * slopes[i] * change;
            loss += curves[i] * change * change;
        }

        if (!(gain - loss > SpqrRevision.LeastGain * loss)) return old;
        for (int i = 0; i < count; i++)
        {
            SettledGroup settled = rows.Of(first + i, group);
            float change = (step * (codes[i] - offset)) - (old.Step * (codes[i] - old.Offset));
            FloatSpans.AddScaled(settled.Values, Part(ref _directions, i, group.Length), change);
            FloatSpans.AddScaled(settled.Slopes, Part(ref _products, i, settled.Slopes.Length), -change);
            ref GroupChoice choice = ref rows.Choice(first + i, group);
            choice = pairs.Of((int)choice.Zero, ofZeros ? scales : (step, offset), ofZeros ? (step, offset) : zeros);
        }

        return (step, offset);
    }

    private Span<float> Part(ref float[] memory, int row, int length)
    {
        if (memory.Length < level.GroupRows * length) Array.Resize(ref memory, level.GroupRows * length);
        return memory.AsSpan(row * length, length);
    }
}
