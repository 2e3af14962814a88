using Dropwise.Cpu;

namespace Dropwise.Quantization.Feedback;

/// <summary>Goes over settled rows again: each block of inputs chooses scales and codes once more, now that all others are known.</summary>
/// <param name="factor">What H says about errors.</param>
/// <param name="codes">The codes.</param>
/// <param name="fixedScales">Whether scales and zeros stay, because rows share what they are made of.</param>
internal sealed unsafe class ExchangePass(FeedbackFactor factor, ScalarCodes codes, bool fixedScales)
{
    private const int Slack = 16;

    private readonly FeedbackBlock[] _blocks = FeedbackBlock.Of(factor.Order);
    private readonly float[] _diagonal = [.. Enumerable.Range(0, factor.Columns).Select(i => factor.Moments[((long)i * factor.Columns) + i]), .. new float[Slack]];

    /// <summary>Improves rows.</summary>
    /// <param name="rows">Settled rows; receive the improved ones.</param>
    /// <param name="sweeps">Times to go over all blocks.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void Run(SettledRows rows, int sweeps, CancellationToken cancellation)
    {
        if (sweeps == 0) return;
        int columns = factor.Columns;
        float[] slopes = new float[(rows.Count * columns) + Slack];
        float[] changes = new float[rows.Count * _blocks.Max(static block => block.Length)];
        fixed (float* errors = rows.Errors, moments = factor.Moments, target = slopes, change = changes)
        {
            var all = new FloatView(target, rows.Count, columns);
            FloatProduct.Run(new FloatView(errors, rows.Count, columns), new FloatView(moments, columns, columns), all);
            for (int sweep = 0; sweep < sweeps; sweep++)
            {
                foreach (FeedbackBlock block in _blocks)
                {
                    cancellation.ThrowIfCancellationRequested();
                    for (int row = 0; row < rows.Count; row++)
                        Improve(rows, row, block, slopes, changes.AsSpan(row * block.Length, block.Length));
                    var changed = new FloatView(change, rows.Count, block.Length);
                    FloatProduct.Run(changed, new FloatView(moments + ((nint)block.First * columns), block.Length, columns), all, accumulate: true);
                }
            }
        }
    }

    // Changes of Δ of the block's inputs, whose effect on all slopes follows for all rows together.
    private void Improve(SettledRows rows, int row, FeedbackBlock block, float[] slopes, Span<float> changes)
    {
        int at = (row * factor.Columns) + block.First;
        Span<float> errors = rows.Errors.AsSpan(at, block.Length);
        ReadOnlySpan<float> targets = rows.Targets.AsSpan(at, block.Length);
        Span<float> values = stackalloc float[block.Length + Slack];
        Span<float> local = stackalloc float[block.Length + Slack];
        for (int j = 0; j < block.Length; j++) values[j] = targets[j] - errors[j];
        slopes.AsSpan(at, block.Length).CopyTo(local);
        foreach (InputGroup group in block.Groups)
        {
            int first = group.First - block.First;
            var settled = new SettledGroup
            {
                Points = rows.Points.AsSpan((row * factor.Columns) + group.First, group.Length),
                Values = values.Slice(first, group.Length),
                Slopes = local[..block.Length],
                First = first,
                Moments = factor.Moments.AsSpan((group.First * factor.Columns) + block.First),
                Stride = factor.Columns,
                IsOutlier = rows.IsOutlier.AsSpan((row * factor.Columns) + group.First, group.Length),
                Diagonal = _diagonal.AsSpan(group.First, group.Length),
            };
            ref GroupChoice choice = ref rows.Choices[(row * factor.Order.Groups.Length) + group.Index];
            if (!fixedScales) choice = codes.Rescale(settled, choice);
            codes.Exchange(settled, choice);
        }

        for (int j = 0; j < block.Length; j++)
        {
            float error = targets[j] - values[j];
            changes[j] = error - errors[j];
            errors[j] = error;
        }
    }
}
