using System.Collections.Immutable;
using Dropwise.Cpu;

namespace Dropwise.ModelFiles;

/// <summary>Zeroed memory for streams of one matrix.</summary>
internal sealed unsafe class StreamMemory : IDisposable
{
    private readonly NativeBuffer[] _buffers;

    /// <summary>Allocates memory.</summary>
    /// <param name="streams">The streams.</param>
    public StreamMemory(ImmutableArray<StreamSpec> streams)
    {
        _buffers = [.. streams.Select(static stream => new NativeBuffer(stream.ByteLength))];
        Addresses = [.. _buffers.Select(static buffer => (nint)buffer.Pointer)];
    }

    /// <summary>Lays a matrix out as kernels read it.</summary>
    /// <param name="row">The format.</param>
    /// <param name="matrix">The matrix.</param>
    public static StreamMemory Of(FormatRow row, CanonicalMatrix matrix)
    {
        var memory = new StreamMemory(row.Streams(matrix.Rows, matrix.Columns, matrix.Outliers.Length));
        row.Pack(matrix, memory.Addresses.AsSpan());
        return memory;
    }

    /// <summary>The address of each stream.</summary>
    public ImmutableArray<nint> Addresses { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer buffer in _buffers) buffer.Dispose();
    }
}
