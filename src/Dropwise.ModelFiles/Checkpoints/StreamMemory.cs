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

    /// <summary>The address of each stream.</summary>
    public ImmutableArray<nint> Addresses { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NativeBuffer buffer in _buffers) buffer.Dispose();
    }
}
