using Dropwise.Cpu;
using Dropwise.Cuda;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive;

/// <summary>A kernel that goes over the runs of rows with the beam search, a warp a row.</summary>
/// <param name="engine">The device.</param>
/// <param name="unit">The code, of a shape that fits the device.</param>
/// <param name="kernel">Its kernel.</param>
internal sealed unsafe class DeviceSearch(CudaEngine engine, DeviceUnit unit, string kernel)
{
    /// <summary>Inputs of a batch, as on the processor: what is left of them is handed on to others at once, as a matrix product.</summary>
    public const int BatchColumns = 128;

    private const int WarpLanes = 32;

    private readonly CudaModule _module = engine.Module(unit);

    /// <summary>Copies what searches to the device.</summary>
    /// <param name="made">Owns the copies.</param>
    /// <param name="tables">The codebooks.</param>
    /// <param name="metrics">How each level measures each run.</param>
    /// <param name="codes">uint16 [M, N · runs] on the device.</param>
    /// <param name="rows">Rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <returns>A batch without its levels and inputs.</returns>
    public static SearchBatch Batch(MemoryStack made, SearchTables tables, SearchMetrics metrics, FloatMemory codes, int rows, int columns)
    {
        Codebooks codebooks = tables.Codebooks;
        int runs = columns / codebooks.Dimension;
        var matrices = new ReadOnlySpan<float>(metrics[0].Matrices, runs * codebooks.Count * codebooks.Dimension * codebooks.Dimension);
        return Batch(made, tables, matrices, new ReadOnlySpan<float>(metrics[0].Norms(0), runs * codebooks.Count * codebooks.Codewords), codes, rows, columns);
    }

    /// <summary>Copies what searches to the device, with metrics as they are there.</summary>
    /// <param name="made">Owns the copies.</param>
    /// <param name="tables">The codebooks.</param>
    /// <param name="matrices">M_k [runs, M, dimension, dimension].</param>
    /// <param name="norms">g_k cᵀ M_k c [runs, M, codewords].</param>
    /// <param name="codes">uint16 [M, N · runs] on the device.</param>
    /// <param name="rows">Rows N.</param>
    /// <param name="columns">Inputs K.</param>
    /// <returns>A batch without its levels and inputs.</returns>
    public static SearchBatch Batch(
        MemoryStack made, SearchTables tables, ReadOnlySpan<float> matrices, ReadOnlySpan<float> norms, FloatMemory codes, int rows, int columns) => new()
    {
        Codebooks = made.Address(tables.Codebooks.Values),
        Metrics = made.Address(matrices),
        Norms = made.Address(norms),
        Guides = made.Address(tables.Guides),
        Weights = made.Address(tables.Weights),
        Codes = (nint)codes.Pointer,
        Rows = rows,
        Columns = columns,
    };

    /// <summary>Launches the kernel: few rows go to as many multiprocessors as there are.</summary>
    /// <param name="arguments">What it reads.</param>
    /// <param name="rows">Rows N.</param>
    /// <typeparam name="T">The structure that it declares.</typeparam>
    public void Launch<T>(in T arguments, int rows)
        where T : unmanaged
    {
        int multiprocessors = engine.Context.Device.Multiprocessors;
        int warps = Math.Clamp((rows + multiprocessors - 1) / multiprocessors, 1, SearchShape.Warps), blocks = Math.Min((rows + warps - 1) / warps, 2 * multiprocessors);
        var shape = new LaunchShape(blocks, warps * WarpLanes, _module.Read<int>($"{kernel}_shared_bytes")) { Programmatic = false };
        _module.Kernel(kernel).LaunchWith(engine.Stream, shape, arguments);
    }

    /// <summary>Adds what the changes of a batch do to S of all later inputs.</summary>
    /// <param name="changes">[N, inputs of the batch].</param>
    /// <param name="factor">The matrix of moments [K, K].</param>
    /// <param name="sums">S [N, K].</param>
    /// <param name="first">The batch's first input.</param>
    public void HandOn(FloatView changes, FloatView factor, FloatView sums, int first)
    {
        int last = first + changes.Columns, rest = sums.Columns - last;
        if (rest > 0) engine.Product(changes, factor.Part(first, changes.Columns, last, rest), sums.Part(0, sums.Rows, last, rest), accumulate: true);
    }
}
