using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Cuda.Device;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive.Feedback;

/// <summary>
/// Error feedback on a CUDA device: a warp settles a row's batch of inputs run after run, and errors are handed on to later inputs as products of all rows.
/// </summary>
/// <param name="engine">The device.</param>
internal sealed unsafe class CudaFeedback(CudaEngine engine) : IFeedbackSearch
{
    // As on the processor.
    private const int BatchColumns = 128;

    // Of the device code.
    private const int Warps = 8;
    private const int RowThreads = 256;
    private const int WarpLanes = 32;

    /// <inheritdoc/>
    public void Run(
        ImmutableArray<FeedbackLevel> levels, SearchTables tables, SearchMetrics metrics, int width, float[] scales, ushort[][] codes, float[] factors, QuantizationRun run)
    {
        Codebooks codebooks = tables.Codebooks;
        int rows = scales.Length, columns = levels[0].Target.Columns, runs = columns / codebooks.Dimension;
        long elements = (long)rows * columns;
        CudaModule module = engine.Module(new FeedbackShape(codebooks.Dimension, codebooks.Codewords, codebooks.Count, levels.Length, width).Unit);
        using var made = new MemoryStack(engine);
        FloatMemory inverses = made.Copy([.. scales.Select(static scale => scale == 0 ? 0 : 1 / scale)]), found = made.Room((((long)codebooks.Count * rows * runs) + 1) / 2);
        var arguments = new FeedbackArguments
        {
            Codebooks = made.Address(codebooks.Values),
            Metrics = made.Address(new ReadOnlySpan<float>(metrics[0].Matrices, runs * codebooks.Count * codebooks.Dimension * codebooks.Dimension)),
            Norms = made.Address(new ReadOnlySpan<float>(metrics[0].Norms(0), runs * codebooks.Count * codebooks.Codewords)),
            Guides = made.Address(tables.Guides),
            Weights = made.Address(tables.Weights),
            Codes = (nint)found.Pointer,
            Rows = rows,
            Columns = columns,
        };
        var states = new DeviceLevel[levels.Length];
        for (int i = 0; i < states.Length; i++)
        {
            FeedbackLevel level = levels[i];
            states[i] = new DeviceLevel(made.Room(elements), made.Room(elements), engine.Keep(level.Factor), level);
            arguments.Errors[i] = (nint)states[i].Errors.Pointer;
            arguments.Sums[i] = (nint)states[i].Sums.Pointer;
            arguments.Factors[i] = (nint)states[i].Factor.Pointer;
            arguments.Inverses[i] = made.Address(level.Inverses);
            engine.Write(level.Target.Values, states[i].Sums.Pointer);
            LaunchElements(module, "scale_rows", elements, (nint)states[i].Sums.Pointer, (nint)inverses.Pointer, (nint)states[i].Errors.Pointer, elements, columns);
            engine.Clear(states[i].Sums.Pointer, elements);
        }

        Settle(module, arguments, states, rows, columns, run);
        FitScales(module, states, inverses, rows, columns, factors);
        var values = new ushort[(long)codebooks.Count * rows * runs];
        engine.Read((nint)found.Pointer, values.AsSpan());
        for (int m = 0; m < codebooks.Count; m++) values.AsSpan(m * rows * runs, rows * runs).CopyTo(codes[m]);
    }

    private void Settle(CudaModule module, FeedbackArguments arguments, DeviceLevel[] levels, int rows, int columns, QuantizationRun run)
    {
        CudaKernel kernel = module.Kernel("settle_batch");
        int blocks = Math.Min((rows + Warps - 1) / Warps, 2 * engine.Context.Device.Multiprocessors);
        var shape = new LaunchShape(blocks, Warps * WarpLanes, module.Read<int>("settle_batch_shared_bytes")) { Programmatic = false };
        for (int first = 0; first < columns; first += BatchColumns)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            arguments.First = first;
            arguments.Last = Math.Min(first + BatchColumns, columns);
            kernel.LaunchWith(engine.Stream, shape, arguments);
            int count = arguments.Last - first, rest = columns - arguments.Last;
            foreach (DeviceLevel level in levels)
            {
                if (rest == 0) continue;
                engine.Product(
                    level.Errors.View(rows, columns).Part(0, rows, first, count),
                    level.Factor.View(columns, columns).Part(first, count, arguments.Last, rest),
                    level.Sums.View(rows, columns).Part(0, rows, arguments.Last, rest),
                    accumulate: true);
            }

            run.Report((double)arguments.Last / columns);
        }
    }

    // The scale of least error for the codes found is Σ λ ⟨T, P⟩ / Σ λ ⟨P, P⟩ times the present one, ⟨A, B⟩ being A H Bᵀ = (A U)(B U)ᵀ, and T = P + Δ.
    private void FitScales(CudaModule module, DeviceLevel[] levels, FloatMemory inverses, int rows, int columns, float[] factors)
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
            LaunchElements(module, "subtract_from_scaled", elements, (nint)targets.Pointer, (nint)inverses.Pointer, (nint)level.Errors.Pointer, elements, columns);
            engine.Product(level.Errors.View(rows, columns), factor, level.Sums.View(rows, columns));
            module.Kernel("row_moments").Launch(
                engine.Stream, new LaunchShape(rows, RowThreads) { Programmatic = false }, (nint)level.Sums.Pointer, (nint)errors.Pointer, (nint)moments.Pointer, columns);
            engine.Read((nint)moments.Pointer, found.AsSpan());
            for (int row = 0; row < rows; row++)
            {
                products[row] += level.Source.Weight * (found[2 * row] + found[(2 * row) + 1]);
                squares[row] += level.Source.Weight * found[(2 * row) + 1];
            }
        }

        for (int row = 0; row < rows; row++) factors[row] = squares[row] > 0 ? (float)(products[row] / squares[row]) : 1;
    }

    private void LaunchElements(CudaModule module, string kernel, long count, params ReadOnlySpan<KernelArgument> arguments)
    {
        int blocks = (int)Math.Min(8 * engine.Context.Device.Multiprocessors, (count + RowThreads - 1) / RowThreads);
        module.Kernel(kernel).Launch(engine.Stream, new LaunchShape(blocks, RowThreads) { Programmatic = false }, arguments);
    }

    /// <summary>A level on the device.</summary>
    private sealed record DeviceLevel(FloatMemory Errors, FloatMemory Sums, FloatMemory Factor, FeedbackLevel Source);
}
