namespace Dropwise.Cuda;

/// <summary>A queue of device work: copies, kernels and graphs run in the order in which they were put in.</summary>
public sealed unsafe class CudaStream : IDisposable
{
    // Streams of this library do not wait for the default stream, which nothing here uses.
    private const uint NonBlocking = 1;

    // Only calls of the capturing thread that would break the capture are refused, not those of other threads.
    private const int CaptureThreadLocal = 1;

    private readonly ResourceHandle _handle;

    /// <summary>Creates a stream.</summary>
    /// <param name="context">The context.</param>
    public CudaStream(CudaContext context)
    {
        Context = context;
        context.Handle.MakeCurrent();
        nint created;
        CudaException.Check(DriverApi.cuStreamCreate(&created, NonBlocking));
        _handle = new ResourceHandle(context.Handle, created, DriverApi.cuStreamDestroy);
    }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary><c>CUstream</c>, for libraries that take one.</summary>
    public nint Handle => _handle.Value;

    /// <summary>The kernel that was launched last; the driver reports failed work long after the launch, at a call that names no kernel.</summary>
    internal string? LastKernel { get; set; }

    /// <summary>Waits until everything in the stream is done.</summary>
    /// <exception cref="CudaException">Some of the work failed; the message names the kernel that was launched last, which is the first suspect.</exception>
    public void Synchronize()
    {
        nint stream = Enter();
        CudaException.Check(DriverApi.cuStreamSynchronize(stream), LastKernel);
    }

    /// <summary>Waits until everything in the stream is done or has failed, for whoever frees what it uses: failures were reported where they mattered.</summary>
    public void Drain()
    {
        Context.Handle.Enter();
        DriverApi.cuStreamSynchronize(Handle);
    }

    /// <summary>Sets a mark behind the work in the stream.</summary>
    /// <param name="mark">The event.</param>
    public void Record(CudaEvent mark) => CudaException.Check(DriverApi.cuEventRecord(mark.Value, Enter()));

    /// <summary>Lets the work that is put in from now on wait for a mark in another stream.</summary>
    /// <param name="mark">The event.</param>
    public void Wait(CudaEvent mark) => CudaException.Check(DriverApi.cuStreamWaitEvent(Enter(), mark.Value, 0));

    /// <summary>Copies to the device. Memory that is not pinned is read before the call returns; pinned memory must stay until the copy is done.</summary>
    /// <param name="destination">A device address.</param>
    /// <param name="source">A host address.</param>
    /// <param name="bytes">Bytes.</param>
    public void CopyToDevice(nint destination, void* source, long bytes) =>
        CudaException.Check(DriverApi.cuMemcpyHtoDAsync(destination, (nint)source, (nuint)bytes, Enter()));

    /// <summary>Copies to the host; the memory must stay until the copy is done.</summary>
    /// <param name="destination">A host address.</param>
    /// <param name="source">A device address.</param>
    /// <param name="bytes">Bytes.</param>
    public void CopyToHost(void* destination, nint source, long bytes) =>
        CudaException.Check(DriverApi.cuMemcpyDtoHAsync((nint)destination, source, (nuint)bytes, Enter()));

    /// <summary>Copies on the device.</summary>
    /// <param name="destination">A device address.</param>
    /// <param name="source">A device address.</param>
    /// <param name="bytes">Bytes.</param>
    public void CopyOnDevice(nint destination, nint source, long bytes) =>
        CudaException.Check(DriverApi.cuMemcpyDtoDAsync(destination, source, (nuint)bytes, Enter()));

    /// <summary>Fills device memory with one byte.</summary>
    /// <param name="destination">A device address.</param>
    /// <param name="value">The byte.</param>
    /// <param name="bytes">Bytes.</param>
    public void Fill(nint destination, byte value, long bytes) =>
        CudaException.Check(DriverApi.cuMemsetD8Async(destination, value, (nuint)bytes, Enter()));

    /// <summary>Records work instead of doing it.</summary>
    /// <param name="work">Puts work into this stream; it may not wait for the device or allocate.</param>
    /// <returns>The work, to be instantiated and launched any number of times.</returns>
    /// <exception cref="CudaException">The work did something that cannot be captured.</exception>
    public CudaGraph Capture(Action work)
    {
        CudaException.Check(DriverApi.cuStreamBeginCapture(Enter(), CaptureThreadLocal));
        nint graph = 0;
        try
        {
            work();
        }
        catch
        {
            // The stream must leave the capture, or nothing could ever be put in again; the error that matters is the first one.
            if (DriverApi.cuStreamEndCapture(Handle, &graph) == DriverResult.Success && graph != 0) DriverApi.cuGraphDestroy(graph);
            throw;
        }

        CudaException.Check(DriverApi.cuStreamEndCapture(Enter(), &graph), LastKernel);
        return new CudaGraph(Context, graph);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>Makes the context current.</summary>
    /// <returns><c>CUstream</c>.</returns>
    internal nint Enter()
    {
        Context.Handle.MakeCurrent();
        return Handle;
    }
}
