using Dropwise.Cpu;

namespace Dropwise.Quantization.Feedback;

/// <summary>Goes over settled rows again: each block of inputs chooses scales and codes once more, now that all others are known.</summary>
/// <param name="factor">What H says about errors.</param>
internal sealed unsafe class ExchangePass(FeedbackFactor factor)
{
    private readonly FeedbackBlock[] _blocks = FeedbackBlock.Of(factor.Order);

    /// <summary>Improves rows.</summary>
    /// <param name="rows">Settled rows; receive the improved ones.</param>
    /// <param name="revision">What chooses a group again.</param>
    /// <param name="sweeps">Times to go over all blocks.</param>
    /// <param name="cancellation">Stops the work.</param>
    public void Run(SettledRows rows, GroupRevision revision, int sweeps, CancellationToken cancellation)
    {
        if (sweeps == 0) return;
        int columns = factor.Columns;
        float[] slopes = new float[rows.Count * columns];
        float[] changes = new float[rows.Count * _blocks.Max(static block => block.Length)];
        BlockRows[] blocks = [.. _blocks.Select(block => new BlockRows(rows, factor, block, slopes))];
        fixed (float* errors = rows.Errors, moments = factor.Moments, target = slopes, change = changes)
        {
            var all = new FloatView(target, rows.Count, columns);
            FloatProduct.Run(new FloatView(errors, rows.Count, columns), new FloatView(moments, columns, columns), all);
            for (int sweep = 0; sweep < sweeps; sweep++)
            {
                for (int i = 0; i < blocks.Length; i++)
                {
                    cancellation.ThrowIfCancellationRequested();
                    FeedbackBlock block = _blocks[i];
                    blocks[i].Load();
                    foreach (InputGroup group in block.Groups) revision.Run(blocks[i], group);
                    blocks[i].Store(changes);
                    var changed = new FloatView(change, rows.Count, block.Length);
                    FloatProduct.Run(changed, new FloatView(moments + ((nint)block.First * columns), block.Length, columns), all, accumulate: true);
                }
            }
        }
    }
}
