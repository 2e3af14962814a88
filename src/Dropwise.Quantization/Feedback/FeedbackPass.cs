using Dropwise.Cpu;

namespace Dropwise.Quantization.Feedback;

/// <summary>
/// Settles rows, inputs in order, each with the errors of those before it in its target: GPTQ (arXiv 2210.17323) in the form that needs no inverse of H.
/// </summary>
/// <param name="factor">What H says about errors.</param>
/// <param name="outlier">The type of weights in high precision, or null where there are none.</param>
internal abstract unsafe class FeedbackPass(FeedbackFactor factor, ScalarType? outlier)
{
    private readonly FeedbackBlock[] _blocks = FeedbackBlock.Of(factor.Order);
    private readonly int _longest = factor.Order.Groups.Max(static group => group.Length);

    /// <summary>Settles rows.</summary>
    /// <param name="rows">Targets; receive code values, choices and errors.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void Run(SettledRows rows, CancellationToken cancellation)
    {
        var scratch = new SettleScratch(_longest);
        float[] own = new float[_longest * _longest];
        float[] corrected = new float[rows.Count * _blocks.Max(static block => block.Length)];
        foreach (FeedbackBlock block in _blocks)
        {
            cancellation.ThrowIfCancellationRequested();
            Correct(rows, block, corrected);
            foreach (InputGroup group in block.Groups)
            {
                TakeOwn(group, own);
                Settle(new DueRows(rows, factor, block, group, own, corrected), scratch);
            }
        }
    }

    // The block's targets with the errors of all blocks before.
    private void Correct(SettledRows rows, FeedbackBlock block, float[] corrected)
    {
        int columns = factor.Columns;
        for (int row = 0; row < rows.Count; row++)
            rows.Targets.AsSpan((row * columns) + block.First, block.Length).CopyTo(corrected.AsSpan(row * block.Length));
        if (block.First == 0) return;
        fixed (float* errors = rows.Errors, gains = factor.Gains, target = corrected)
        {
            var before = new FloatView(errors, rows.Count, block.First, columns);
            var into = new FloatView(gains + block.First, block.First, block.Length, columns);
            FloatProduct.Run(before, into, new FloatView(target, rows.Count, block.Length), accumulate: true);
        }
    }

    /// <summary>Settles one group of all rows, and passes each row's errors on by <see cref="Commit"/>.</summary>
    /// <param name="due">The group.</param>
    /// <param name="scratch">Memory of the calling thread.</param>
    protected abstract void Settle(DueRows due, SettleScratch scratch);

    /// <summary>Writes one row's choice, and takes its errors to the block's inputs behind the group.</summary>
    /// <param name="due">The group.</param>
    /// <param name="row">A row of the piece.</param>
    /// <param name="choice">Scale and zero.</param>
    /// <param name="scratch">Holds the choice's code values.</param>
    protected void Commit(DueRows due, int row, GroupChoice choice, SettleScratch scratch)
    {
        (SettledRows rows, InputGroup group) = (due.Rows, due.Group);
        rows.Choices[(row * factor.Order.Groups.Length) + group.Index] = choice;
        int at = (row * factor.Columns) + group.First;
        Span<float> errors = rows.Errors.AsSpan(at, group.Length);
        Span<float> rest = due.CorrectedFrom(row);
        for (int j = 0; j < group.Length; j++)
        {
            float point = scratch.Chosen[j];
            bool isOutlier = float.IsNaN(point);
            if (isOutlier) point = ScalarRounding.Round(outlier!.Value, rest[j]);
            rows.Points[at + j] = point;
            rows.IsOutlier[at + j] = isOutlier;
            errors[j] = rows.Targets[at + j] - (isOutlier ? point : (choice.Scale * point) + choice.Offset);
            int next = group.First + j + 1;
            FloatSpans.AddScaled(rest[(j + 1)..], factor.Gains.AsSpan(((group.First + j) * factor.Columns) + next, rest.Length - j - 1), errors[j]);
        }
    }

    // The gains between the group's own inputs, transposed so that those into one input are neighbours.
    private void TakeOwn(InputGroup group, float[] own)
    {
        for (int j = 0; j < group.Length; j++)
        {
            for (int i = 0; i < j; i++) own[(j * group.Length) + i] = factor.Gains[((group.First + i) * factor.Columns) + group.First + j];
        }
    }
}
