namespace Dropwise.Cuda;

/// <summary>
/// A graph that is ready to run. Addresses and sizes are those of the capture; what changes from run to run is read from device memory
/// by the kernels.
/// </summary>
public sealed class CudaGraphExec : IDisposable
{
    private readonly CudaContext _context;
    private readonly ResourceHandle _handle;

    /// <summary>Takes over an executable graph.</summary>
    /// <param name="context">The context.</param>
    /// <param name="executable"><c>CUgraphExec</c>.</param>
    internal CudaGraphExec(CudaContext context, nint executable)
    {
        _context = context;
        _handle = new ResourceHandle(context.Handle, executable, DriverApi.cuGraphExecDestroy);
    }

    /// <summary>Sends the graph to the device ahead of its first run, which then takes no longer than the others.</summary>
    /// <param name="stream">The stream that it will run in.</param>
    public void Upload(CudaStream stream)
    {
        _context.Handle.MakeCurrent();
        CudaException.Check(DriverApi.cuGraphUpload(_handle.Value, stream.Handle));
    }

    /// <summary>Puts all work of the graph into a stream.</summary>
    /// <param name="stream">The stream.</param>
    public void Launch(CudaStream stream)
    {
        _context.Handle.MakeCurrent();
        stream.LastKernel = "a graph";
        CudaException.Check(DriverApi.cuGraphLaunch(_handle.Value, stream.Handle));
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
