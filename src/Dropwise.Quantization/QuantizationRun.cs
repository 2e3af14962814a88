using Dropwise.Inference.Blocks.Engines;

namespace Dropwise.Quantization;

/// <summary>
/// How a quantizer runs: processors, cancellation, progress. Results never depend on the number of workers, because work is cut into the
/// same pieces whoever does them and every piece writes only what is its own.
/// </summary>
/// <param name="workers">Threads to use, at least 1.</param>
/// <param name="cancellation">Stops the work; nothing is returned then.</param>
/// <param name="progress">Receives the finished fraction of the running matrix, 0 to 1, on a thread of the run; may be null.</param>
public sealed class QuantizationRun(int workers, CancellationToken cancellation = default, Action<double>? progress = null)
{
    private readonly ParallelOptions _options = new() { MaxDegreeOfParallelism = workers, CancellationToken = cancellation };

    /// <summary>A run on all processors that nobody watches or stops.</summary>
    public static QuantizationRun Default { get; } = new(Environment.ProcessorCount);

    /// <summary>Threads to use.</summary>
    public int Workers => _options.MaxDegreeOfParallelism;

    /// <summary>Stops the work.</summary>
    public CancellationToken Cancellation => _options.CancellationToken;

    /// <summary>Says how much of the running matrix is done.</summary>
    /// <param name="fraction">0 to 1.</param>
    public void Report(double fraction) => progress?.Invoke(fraction);

    /// <summary>The same run with another listener.</summary>
    /// <param name="listener">Receives the finished fraction.</param>
    public QuantizationRun Reporting(Action<double> listener) => new(Workers, Cancellation, listener);

    /// <summary>Does items in pieces of a fixed size, in any order, on all workers.</summary>
    /// <param name="items">Items to do.</param>
    /// <param name="piece">Items a piece, positive.</param>
    /// <param name="body">Receives the first item of a piece and the one after its last.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void ForPieces(int items, int piece, Action<int, int> body)
    {
        int pieces = (int)(((long)items + piece - 1) / piece);
        try
        {
            Parallel.For(0, pieces, _options, p => body(p * piece, (int)Math.Min(((long)p + 1) * piece, items)));
        }
        catch (AggregateException e) when (e.InnerExceptions[0] is QuantizationException first)
        {
            // Which worker failed is of no interest to the caller, what failed is.
            throw new QuantizationException(first.Message);
        }
    }

    /// <summary>Does items that an engine computes: beside each other where it lets threads compute beside each other, one after the other where not.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="items">Items to do.</param>
    /// <param name="body">Receives the index of one; writes only what is that item's.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void ForEach(BlockEngine engine, int items, Action<int> body)
    {
        if (engine.IsConcurrent)
        {
            ForPieces(items, 1, (index, _) => body(index));
            return;
        }

        for (int index = 0; index < items; index++)
        {
            Cancellation.ThrowIfCancellationRequested();
            body(index);
        }
    }
}
