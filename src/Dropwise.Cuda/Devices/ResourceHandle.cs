using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>Something that lives in a context: memory, a stream, an event, a module, a graph.</summary>
internal sealed class ResourceHandle : SafeHandle
{
    private readonly ContextHandle _context;
    private readonly Func<nint, DriverResult> _release;

    /// <summary>Takes over a handle.</summary>
    /// <param name="context">The context that it lives in.</param>
    /// <param name="value">The driver's handle or address.</param>
    /// <param name="release">The driver's function that ends it.</param>
    public ResourceHandle(ContextHandle context, nint value, Func<nint, DriverResult> release)
        : base(0, ownsHandle: true)
    {
        _context = context;
        _release = release;
        bool added = false;
        context.DangerousAddRef(ref added);
        SetHandle(value);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>The driver's handle or address.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed of.</exception>
    public nint Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        // The finalizer runs on a thread of its own, which has no context; and an error here has nobody who could act on it.
        bool released = _context.Enter() == DriverResult.Success && _release(handle) == DriverResult.Success;
        _context.DangerousRelease();
        return released;
    }
}
