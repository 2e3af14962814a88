namespace Dropwise.Cuda;

/// <summary>A mark in a stream: others wait for it, and the time between two can be read.</summary>
public sealed unsafe class CudaEvent : IDisposable
{
    private const uint DisableTiming = 2;

    private readonly CudaContext _context;
    private readonly ResourceHandle _handle;

    /// <summary>Creates an event.</summary>
    /// <param name="context">The context.</param>
    /// <param name="timed">Whether times can be read; an event without is cheaper to wait for.</param>
    public CudaEvent(CudaContext context, bool timed = false)
    {
        _context = context;
        context.Handle.MakeCurrent();
        nint created;
        CudaException.Check(DriverApi.cuEventCreate(&created, timed ? 0 : DisableTiming));
        _handle = new ResourceHandle(context.Handle, created, DriverApi.cuEventDestroy);
    }

    /// <summary>Whether the work before the mark is done; an event that was never recorded counts as done.</summary>
    public bool IsDone
    {
        get
        {
            _context.Handle.MakeCurrent();
            DriverResult result = DriverApi.cuEventQuery(Value);
            if (result == DriverResult.NotReady) return false;
            CudaException.Check(result, call: nameof(DriverApi.cuEventQuery));
            return true;
        }
    }

    /// <summary><c>CUevent</c>.</summary>
    internal nint Value => _handle.Value;

    /// <summary>Waits on the calling thread until the work before the mark is done.</summary>
    public void Synchronize()
    {
        _context.Handle.MakeCurrent();
        CudaException.Check(DriverApi.cuEventSynchronize(Value));
    }

    /// <summary>The time from another mark to this one.</summary>
    /// <param name="start">The earlier event; both are timed, recorded and done.</param>
    /// <returns>Seconds.</returns>
    public double SecondsSince(CudaEvent start)
    {
        _context.Handle.MakeCurrent();
        float milliseconds;
        CudaException.Check(DriverApi.cuEventElapsedTime(&milliseconds, start.Value, Value));
        return milliseconds * 1e-3;
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();
}
