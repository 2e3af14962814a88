using Dropwise.Quantization.Rounding;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// Settles groups whose scales and zeros are quantized themselves, by statistics that consecutive rows share: those rows go through each group together. A
/// row's scale and zero are then the best of all pairs that the statistics can express, judged after feedback.
/// </summary>
/// <param name="factor">What H says about errors.</param>
/// <param name="pairs">Tries scales and zeros.</param>
/// <param name="format">A format with a second level of scales and zeros.</param>
/// <param name="price">The cost from which on a weight is an outlier; infinite for none.</param>
/// <param name="target">Receives quantized scales and zeros.</param>
/// <param name="firstRow">The row of the target that the piece begins at, the first of those that share statistics.</param>
internal sealed class SpqrPass(
    FeedbackFactor factor, PairSearch pairs, FormatDescriptor format, float price, SecondLevelStatistics target, int firstRow)
    : FeedbackPass(factor, format.Outliers?.Value)
{
    // A group whose scale is far below its neighbours' would be quantized to nothing, and could not place its zero either.
    private const float SmallestScale = 1f / 16;

    private readonly SecondLevelDescriptor _level = format.SecondLevel!;
    private readonly KeptRange _range = new(format, price);

    /// <inheritdoc/>
    protected override void Settle(DueRows due, SettleScratch scratch)
    {
        for (int row = 0; row < due.Rows.Count; row += _level.GroupRows) Settle(due, row, Math.Min(_level.GroupRows, due.Rows.Count - row), scratch);
    }

    private void Settle(DueRows due, int first, int count, SettleScratch scratch)
    {
        Span<float> scales = stackalloc float[count];
        Span<float> zeros = stackalloc float[count];
        float largest = 0;
        for (int i = 0; i < count; i++)
        {
            (scales[i], zeros[i]) = _range.Fit(due.Of(first + i, price), scratch.Group);
            largest = Math.Max(largest, scales[i]);
        }

        foreach (ref float scale in scales) scale = Math.Max(scale, largest * SmallestScale);
        (float Step, float Offset) scaleFit = SecondLevelFit.Fit(scales, _level.ScaleBits, _level.Stat);

        // A zero belongs to the scale that a reader will see, so that the middle of the codes stays where the group's is.
        float middle = 0.5f * (format.MinimumCode + format.MaximumCode);
        for (int i = 0; i < count; i++)
        {
            float scale = SecondLevelFit.Quantize(scales[i], _level.ScaleBits, scaleFit, out _);
            zeros[i] = scale == 0 ? middle : middle - (zeros[i] / scale);
        }

        (float Step, float Offset) zeroFit = SecondLevelFit.Fit(zeros, _level.ZeroBits, _level.Stat);
        long at = target.StatIndex(firstRow + first, due.Group.Index);
        (target.ScaleSteps[at], target.ScaleOffsets[at]) = scaleFit;
        (target.ZeroSteps[at], target.ZeroOffsets[at]) = zeroFit;
        for (int i = 0; i < count; i++) SettleRow(due, first + i, scaleFit, zeroFit, scratch);
    }

    private void SettleRow(DueRows due, int row, (float Step, float Offset) scaleFit, (float Step, float Offset) zeroFit, SettleScratch scratch)
    {
        DueGroup group = due.Of(row, price);
        GroupChoice best = default;
        float cost = float.PositiveInfinity;
        pairs.Find(group, scaleFit, zeroFit, scratch, ref best, ref cost);
        Commit(due, row, best, scratch);
    }
}
