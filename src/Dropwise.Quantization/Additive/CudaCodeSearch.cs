using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;

namespace Dropwise.Quantization.Additive;

/// <summary>Searches codes on a CUDA device, where the vectors stay from one search to the next.</summary>
internal sealed unsafe class CudaCodeSearch : ICodeSearch
{
    private readonly CudaEngine _engine;
    private readonly MemoryStack _made;
    private readonly VectorSet _vectors;
    private readonly FloatMemory _values;
    private readonly FloatMemory _costs;

    /// <summary>Copies vectors to the device.</summary>
    /// <param name="engine">The device.</param>
    /// <param name="vectors">The vectors, whose codebooks fit it.</param>
    public CudaCodeSearch(CudaEngine engine, VectorSet vectors)
    {
        (_engine, _vectors) = (engine, vectors);
        _made = new MemoryStack(engine);
        _values = _made.Copy(vectors.Values);
        _costs = _made.Room(vectors.Count);
    }

    /// <inheritdoc/>
    public double Improve(Codebooks codebooks, float[] weights, int width, ushort[][] codes, float[] costs, QuantizationRun run)
    {
        run.Cancellation.ThrowIfCancellationRequested();
        int dimension = codebooks.Dimension;
        var shape = new SearchShape(dimension, codebooks.Codewords, codebooks.Count, 1, width);
        var search = new DeviceSearch(_engine, shape.Vectors, "search_vectors");
        using var made = new MemoryStack(_engine);
        using var tables = new SearchTables(codebooks, weights);
        var planes = new DeviceCodes(_engine, made, codebooks.Count, _vectors.Count);
        planes.Write(codes);

        // Plain squares: each level's metric is the identity.
        var metrics = new float[codebooks.Count * dimension * dimension];
        for (int i = 0; i < codebooks.Count * dimension; i++) metrics[(i * dimension) + (i % dimension)] = 1;
        var arguments = new VectorArguments
        {
            Batch = DeviceSearch.Batch(
                made, tables, metrics, new ReadOnlySpan<float>(tables.Norms(0), codebooks.Count * codebooks.Codewords), planes.Memory, _vectors.Count, dimension),
            Vectors = (nint)_values.Pointer,
            Costs = (nint)_costs.Pointer,
        };
        search.Launch(arguments, _vectors.Count);
        _engine.Read(_costs.Pointer, costs);
        planes.Read(codes);
        double sum = 0;
        foreach (float cost in costs) sum += cost;
        return sum / _vectors.Count;
    }

    /// <inheritdoc/>
    public void Dispose() => _made.Dispose();
}
