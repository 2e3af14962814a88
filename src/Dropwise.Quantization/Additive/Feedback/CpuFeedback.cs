using System.Collections.Immutable;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>Error feedback on the processor: pieces of rows, each on one thread.</summary>
internal sealed class CpuFeedback : IFeedbackSearch
{
    private const int RowsPerPiece = 64;

    /// <inheritdoc/>
    public void Run(
        ImmutableArray<FeedbackLevel> levels, SearchTables tables, SearchMetrics metrics, int width, float[] scales, ushort[][] codes, float[] factors, QuantizationRun run)
    {
        int done = 0;
        run.ForPieces(scales.Length, RowsPerPiece, (start, end) =>
        {
            new FeedbackRows(levels, tables, metrics, width).Run(start, end, scales, codes, factors);
            run.Report(Interlocked.Add(ref done, end - start) / (double)scales.Length);
        });
    }
}
