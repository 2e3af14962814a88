using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>
/// The primary context of a device, retained. Everything that lives in the context holds a reference to this handle, so that the
/// context ends after the last of them, in whatever order they are disposed of or finalized.
/// </summary>
internal sealed class ContextHandle : SafeHandle
{
    // Contexts that ended so far. A later context may get the address of one that ended, and must still be set anew on every thread.
    private static int _ended;

    // Setting a context costs a call into the driver; threads stay in one context nearly always.
    [ThreadStatic]
    private static (nint Context, int Ended) _current;

    private readonly int _device;

    /// <summary>Retains the context.</summary>
    /// <param name="device"><c>CUdevice</c>.</param>
    public unsafe ContextHandle(int device)
        : base(0, ownsHandle: true)
    {
        _device = device;
        nint context;
        CudaException.Check(DriverApi.cuDevicePrimaryCtxRetain(&context, device));
        SetHandle(context);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Makes the context that of the calling thread.</summary>
    /// <exception cref="ObjectDisposedException">The context and everything in it were disposed of.</exception>
    public void MakeCurrent()
    {
        ObjectDisposedException.ThrowIf(IsClosed, typeof(CudaContext));
        if (_current != (handle, Volatile.Read(ref _ended))) CudaException.Check(Enter(), call: nameof(DriverApi.cuCtxSetCurrent));
    }

    /// <summary>Makes the context current on whatever thread releases something in it.</summary>
    public DriverResult Enter()
    {
        DriverResult result = DriverApi.cuCtxSetCurrent(handle);
        _current = result == DriverResult.Success ? (handle, Volatile.Read(ref _ended)) : default;
        return result;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        Interlocked.Increment(ref _ended);
        return DriverApi.cuDevicePrimaryCtxRelease(_device) == DriverResult.Success;
    }
}
