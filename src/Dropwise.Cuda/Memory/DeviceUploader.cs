namespace Dropwise.Cuda;

/// <summary>
/// Copies from memory that the device cannot read itself, such as a mapped file, through two pieces of pinned memory: while one is on
/// its way to the device, the calling thread fills the other, which is also when pages of the file are read. For one thread at a time.
/// </summary>
public sealed unsafe class DeviceUploader : IDisposable
{
    // Large enough that a copy reaches the speed of the bus, small enough that the first one starts at once.
    private const long DefaultStagingBytes = 16L << 20;

    private readonly ResourceStack _made = new();
    private readonly CudaStream _copies;
    private readonly PinnedBuffer[] _staging;
    private readonly CudaEvent[] _sent;
    private readonly CudaEvent _ready;
    private int _next;

    /// <summary>Allocates the pinned memory.</summary>
    /// <param name="context">The context.</param>
    /// <param name="stagingBytes">Bytes of each of the two pieces.</param>
    public DeviceUploader(CudaContext context, long stagingBytes = DefaultStagingBytes)
    {
        try
        {
            _copies = _made.Add(new CudaStream(context));
            _staging = [_made.Add(new PinnedBuffer(context, stagingBytes)), _made.Add(new PinnedBuffer(context, stagingBytes))];
            _sent = [_made.Add(new CudaEvent(context)), _made.Add(new CudaEvent(context))];
            _ready = _made.Add(new CudaEvent(context));
        }
        catch
        {
            _made.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Copies memory to the device. The source may change when the call returns; the last pieces may still be on their way, and work
    /// that is put into <paramref name="stream"/> afterwards waits for them.
    /// </summary>
    /// <param name="stream">The stream that uses the memory: earlier work in it is done before the memory is overwritten.</param>
    /// <param name="destination">A device address.</param>
    /// <param name="source">A host address, of any alignment.</param>
    /// <param name="bytes">Bytes.</param>
    public void Upload(CudaStream stream, nint destination, void* source, long bytes)
    {
        stream.Record(_ready);
        _copies.Wait(_ready);
        long done = 0;
        while (done < bytes)
        {
            PinnedBuffer staging = _staging[_next];
            CudaEvent sent = _sent[_next];
            long piece = Math.Min(staging.ByteLength, bytes - done);

            // The copy out of this piece that was put in two pieces ago.
            sent.Synchronize();
            Buffer.MemoryCopy((byte*)source + done, staging.Pointer, staging.ByteLength, piece);
            _copies.CopyToDevice(destination + (nint)done, staging.Pointer, piece);
            _copies.Record(sent);
            done += piece;
            _next = 1 - _next;
        }

        _copies.Record(_ready);
        stream.Wait(_ready);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Pinned memory must not go before the copies out of it are done.
        _copies.Drain();
        _made.Dispose();
    }
}
