namespace Dropwise.Cuda;

/// <summary>Recorded device work: what <see cref="CudaStream.Capture"/> makes.</summary>
public sealed unsafe class CudaGraph : IDisposable
{
    private readonly ResourceHandle _handle;

    /// <summary>Takes over a graph.</summary>
    /// <param name="context">The context of the stream that it was captured on.</param>
    /// <param name="graph"><c>CUgraph</c>.</param>
    internal CudaGraph(CudaContext context, nint graph)
    {
        Context = context;
        _handle = new ResourceHandle(context.Handle, graph, DriverApi.cuGraphDestroy);
    }

    /// <summary>The context.</summary>
    public CudaContext Context { get; }

    /// <summary>The number of kernels, copies and fills.</summary>
    public int NodeCount
    {
        get
        {
            Context.Handle.MakeCurrent();
            nuint count;
            CudaException.Check(DriverApi.cuGraphGetNodes(_handle.Value, null, &count));
            return (int)count;
        }
    }

    /// <summary>Makes the graph ready to run; the graph itself is no longer needed afterwards.</summary>
    public CudaGraphExec Instantiate()
    {
        Context.Handle.MakeCurrent();
        nint executable;
        CudaException.Check(DriverApi.cuGraphInstantiateWithFlags(&executable, _handle.Value, 0));
        return new CudaGraphExec(Context, executable);
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
