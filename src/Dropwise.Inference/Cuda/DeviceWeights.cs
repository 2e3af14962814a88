using Dropwise.Cuda;

namespace Dropwise.Inference.Cuda;

/// <summary>A weight matrix, or a shard of one, in device memory, in whatever form.</summary>
internal abstract class DeviceWeights : IDisposable
{
    /// <summary>Output rows N.</summary>
    public abstract int Rows { get; }

    /// <summary>Inputs K.</summary>
    public abstract int Columns { get; }

    /// <summary>Levels that are resident.</summary>
    public abstract int Levels { get; }

    /// <summary>Bytes that one product at a level reads.</summary>
    /// <param name="level">From 1.</param>
    public abstract long BytesRead(int level);

    /// <summary>A table of matrices of one kind.</summary>
    /// <param name="stream">The stream that copies.</param>
    /// <param name="matrices">The matrices.</param>
    /// <exception cref="ArgumentException">They differ in format or element type.</exception>
    public static MatrixTable Table(CudaStream stream, DeviceWeights[] matrices)
    {
        if (matrices.All(static matrix => matrix is PackedWeights)) return new MatrixTable(stream, [.. matrices.Select(static matrix => ((PackedWeights)matrix).Matrix)]);
        var first = matrices[0] as DenseWeights;
        if (first is null || !matrices.All(matrix => matrix is DenseWeights dense && dense.Type == first.Type))
            throw new ArgumentException("some are quantized and others not, or their element types differ", nameof(matrices));
        return new MatrixTable(stream, first.Rows, [.. matrices.Select(static matrix => ((DenseWeights)matrix).Address)]);
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>A quantized matrix.</summary>
/// <param name="matrix">The matrix, disposed of with this.</param>
internal sealed class PackedWeights(DeviceMatrix matrix) : DeviceWeights
{
    /// <summary>The matrix.</summary>
    public DeviceMatrix Matrix => matrix;

    public override int Rows => matrix.Rows;

    public override int Columns => matrix.Columns;

    public override int Levels => matrix.Levels;

    public override long BytesRead(int level) => matrix.BytesRead(level);

    public override void Dispose() => matrix.Dispose();
}

/// <summary>An unquantized matrix: rows one after the other.</summary>
/// <param name="type">Float32, float16 or bfloat16.</param>
/// <param name="rows">Output rows N.</param>
/// <param name="columns">Inputs K, a multiple of 8.</param>
/// <param name="elements">[N][K], disposed of with this.</param>
internal sealed class DenseWeights(ScalarType type, int rows, int columns, DeviceBuffer elements) : DeviceWeights
{
    /// <summary>The element type.</summary>
    public ScalarType Type => type;

    /// <summary>The device address of the first element.</summary>
    public nint Address => elements.Pointer;

    public override int Rows => rows;

    public override int Columns => columns;

    public override int Levels => 1;

    public override long BytesRead(int level) => elements.ByteLength;

    public override void Dispose() => elements.Dispose();
}
