using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// Revises groups whose scales and zeros are quantized by statistics that rows share: the statistics follow the codes, and each row then chooses among all pairs
/// of scale and zero, codes and outliers anew if that lowers the error of the whole row and the price of its outliers together.
/// </summary>
/// <param name="factors">What H says about each group.</param>
/// <param name="codes">The codes.</param>
/// <param name="pairs">Tries scales and zeros.</param>
/// <param name="format">A format with a second level of scales and zeros.</param>
/// <param name="price">What an outlier costs; infinite for none.</param>
/// <param name="target">Receives statistics.</param>
/// <param name="firstRow">The row of the target that the piece begins at, the first of those that share statistics.</param>
internal sealed class SpqrRevision(
    GroupFactor[] factors, ScalarCodes codes, PairSearch pairs, FormatDescriptor format, float price, SecondLevelStatistics target, int firstRow) : GroupRevision
{
    /// <summary>A change has to gain more than what float32 sums have lost, in parts of what it costs.</summary>
    public const float LeastGain = 1e-4f;

    private readonly StatisticsFit _fit = new(pairs, format.SecondLevel!);
    private readonly SettleScratch _scratch = new(format.GroupSize);
    private readonly float[] _wanted = new float[format.GroupSize];
    private readonly float[] _errors = new float[format.GroupSize];

    /// <inheritdoc/>
    public override void Run(BlockRows rows, InputGroup group)
    {
        int shared = format.SecondLevel!.GroupRows;
        for (int first = 0; first < rows.Count; first += shared)
        {
            long at = target.StatIndex(firstRow + first, group.Index);
            (float Step, float Offset) scales = (target.ScaleSteps[at], target.ScaleOffsets[at]);
            (float Step, float Offset) zeros = (target.ZeroSteps[at], target.ZeroOffsets[at]);
            scales = _fit.Run(rows, group, first, scales, zeros, ofZeros: false);
            zeros = _fit.Run(rows, group, first, scales, zeros, ofZeros: true);
            (target.ScaleSteps[at], target.ScaleOffsets[at]) = scales;
            (target.ZeroSteps[at], target.ZeroOffsets[at]) = zeros;
            for (int row = first; row < Math.Min(first + shared, rows.Count); row++)
            {
                SettledGroup settled = rows.Of(row, group);
                ref GroupChoice choice = ref rows.Choice(row, group);
                choice = Resettle(settled, choice, factors[group.Index], scales, zeros);
                codes.Exchange(settled, choice);
            }
        }
    }

    // The whole group as if it were due, all other inputs of the row being settled.
    private GroupChoice Resettle(in SettledGroup group, GroupChoice choice, GroupFactor own, (float Step, float Offset) scales, (float Step, float Offset) zeros)
    {
        ReadOnlySpan<float> slopes = group.Slopes.Slice(group.First, group.Length);
        Span<float> wanted = _wanted.AsSpan(0, group.Length);
        wanted.Clear();
        for (int j = 0; j < group.Length; j++) FloatSpans.AddScaled(wanted, own.Inverse.AsSpan(j * group.Length, group.Length), slopes[j]);
        float present = FloatSpans.Dot(wanted, slopes);
        for (int j = 0; j < group.Length; j++)
        {
            if (group.IsOutlier[j]) present += price;
            wanted[j] += group.Values[j];
        }

        var due = new DueGroup { Targets = wanted, Corrected = wanted, Costs = own.Costs, Gains = own.Gains, OutlierPrice = price };
        float limit = present * (1 - LeastGain);
        float cost = limit;
        GroupChoice best = choice;
        pairs.Find(due, scales, zeros, _scratch, ref best, ref cost);
        if (cost < limit) Take(group, best, own);
        return best;
    }

    private void Take(in SettledGroup group, GroupChoice choice, GroupFactor own)
    {
        for (int j = 0; j < group.Length; j++)
        {
            float value = _scratch.Chosen[j];
            group.Points[j] = value;
            group.IsOutlier[j] = float.IsNaN(value);
            if (group.IsOutlier[j])
            {
                float due = _wanted[j] + FloatSpans.Dot(_errors.AsSpan(0, j), own.Gains.AsSpan(j * group.Length, j));
                value = group.Points[j] = ScalarRounding.Round(format.Outliers!.Value, due);
            }
            else
            {
                value = (choice.Scale * value) + choice.Offset;
            }

            _errors[j] = _wanted[j] - value;
            FloatSpans.AddScaled(group.Slopes, group.MomentsOf(j), group.Values[j] - value);
            group.Values[j] = value;
        }
    }
}
