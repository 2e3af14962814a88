using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>
/// Error feedback on a CUDA device: a warp settles a row's batch of inputs run after run, and errors are handed on to later inputs as products of all rows.
/// </summary>
/// <param name="engine">The device.</param>
internal sealed unsafe class CudaFeedback(CudaEngine engine) : IFeedbackSearch
{
    private const int RowThreads = 256;

    /// <inheritdoc/>
    public void Run(
        ImmutableArray<FeedbackLevel> levels, SearchTables tables, SearchMetrics metrics, int width, float[] scales, ushort[][] codes, float[] factors, QuantizationRun run)
    {
        Codebooks codebooks = tables.Codebooks;
        int rows = scales.Length, columns = levels[0].Target.Columns;
        long elements = (long)rows * columns;
        var search = new DeviceSearch(engine, new SearchShape(codebooks.Dimension, codebooks.Codewords, codebooks.Count, levels.Length, width).Feedback, "settle_batch");
        using var made = new MemoryStack(engine);
        FloatMemory inverses = made.Copy([.. scales.Select(static scale => scale == 0 ? 0 : 1 / scale)]);
        var found = new DeviceCodes(engine, made, codebooks.Count, codes[0].Length);
        var arguments = new FeedbackArguments { Batch = DeviceSearch.Batch(made, tables, metrics, found.Memory, rows, columns) };
        var states = new DeviceLevel[levels.Length];
        for (int i = 0; i < states.Length; i++)
        {
            FeedbackLevel level = levels[i];
            states[i] = new DeviceLevel(made.Room(elements), made.Room(elements), engine.Keep(level.Factor), level);
            arguments.Errors[i] = (nint)states[i].Errors.Pointer;
            arguments.Batch.Sums[i] = (nint)states[i].Sums.Pointer;
            arguments.Batch.Factors[i] = (nint)states[i].Factor.Pointer;
            arguments.Batch.Inverses[i] = made.Address(level.Inverses);
            engine.Write(level.Target.Values, states[i].Sums.Pointer);
            engine.LaunchElements("scale_rows", elements, (nint)states[i].Sums.Pointer, (nint)inverses.Pointer, (nint)states[i].Errors.Pointer, elements, columns);
            engine.Clear(states[i].Sums.Pointer, elements);
        }

        Settle(search, arguments, states, rows, columns, run);
        FitScales(states, inverses, rows, columns, factors);
        found.Read(codes);
    }

    private void Settle(DeviceSearch search, FeedbackArguments arguments, DeviceLevel[] levels, int rows, int columns, QuantizationRun run)
    {
        for (int first = 0; first < columns; first += DeviceSearch.BatchColumns)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            int last = Math.Min(first + DeviceSearch.BatchColumns, columns);
            (arguments.Batch.First, arguments.Batch.Last) = (first, last);
            search.Launch(arguments, rows);
            foreach (DeviceLevel level in levels)
                search.HandOn(level.Errors.View(rows, columns).Part(0, rows, first, last - first), level.Factor.View(columns, columns), level.Sums.View(rows, columns), first);
            run.Report((double)last / columns);
        }
    }

    // The scale of least error for the codes found is Σ λ ⟨T, P⟩ / Σ λ ⟨P, P⟩ times the present one, ⟨A, B⟩ being A H Bᵀ = (A U)(B U)ᵀ, and T = P + Δ.
    private void FitScales(DeviceLevel[] levels, FloatMemory inverses, int rows, int columns, float[] factors)
    {
        long elements = (long)rows * columns;
        using var made = new MemoryStack(engine);
        FloatMemory targets = made.Room(elements), errors = made.Room(elements), moments = made.Room(4L * rows);
        double[] products = new double[rows], squares = new double[rows], found = new double[2 * rows];
        foreach (DeviceLevel level in levels)
        {
            if (level.Source.Weight == 0) continue;
            FloatView factor = level.Factor.View(columns, columns);
            engine.Product(level.Errors.View(rows, columns), factor, errors.View(rows, columns));
            engine.Write(level.Source.Target.Values, targets.Pointer);
            engine.LaunchElements("subtract_from_scaled", elements, (nint)targets.Pointer, (nint)inverses.Pointer, (nint)level.Errors.Pointer, elements, columns);
            engine.Product(level.Errors.View(rows, columns), factor, level.Sums.View(rows, columns));
            nint sums = (nint)level.Sums.Pointer;
            engine.Launch("row_moments", rows, RowThreads, sums, (nint)errors.Pointer, sums, (nint)moments.Pointer, columns);
            engine.Read((nint)moments.Pointer, found.AsSpan());
            for (int row = 0; row < rows; row++)
            {
                products[row] += level.Source.Weight * (found[2 * row] + found[(2 * row) + 1]);
                squares[row] += level.Source.Weight * found[(2 * row) + 1];
            }
        }

        for (int row = 0; row < rows; row++) factors[row] = squares[row] > 0 ? (float)(products[row] / squares[row]) : 1;
    }

    /// <summary>A level on the device.</summary>
    private sealed record DeviceLevel(FloatMemory Errors, FloatMemory Sums, FloatMemory Factor, FeedbackLevel Source);
}
