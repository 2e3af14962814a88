using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>
/// NCCL over several devices of one process: a rank a device, a thread a rank. A collective is put into a stream of every rank by the rank's
/// own thread; one thread alone would wait for the other ranks forever.
/// </summary>
public sealed unsafe class NcclGroup : IDisposable
{
    // Far more than an abort takes where devices answer; one that does not answer never lets it end.
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(10);

    private const int Float32 = 7;
    private const int Sum = 0;

    private readonly ResourceHandle[] _communicators;
    private readonly CollectiveGate _gate;
    private Thread? _abortion;

    /// <summary>Connects devices.</summary>
    /// <param name="contexts">One context a rank, each on a device of its own.</param>
    /// <exception cref="CudaLibraryException">The library was not found.</exception>
    public NcclGroup(IReadOnlyList<CudaContext> contexts)
    {
        NativeLibraries.Require(NativeLibraryName.Nccl);
        int[] devices = [.. contexts.Select(static context => context.Device.Ordinal)];
        nint[] communicators = new nint[devices.Length];
        fixed (nint* created = communicators)
        fixed (int* first = devices)
            Check(NcclApi.ncclCommInitAll(created, devices.Length, first), $"devices {string.Join(", ", devices)}");

        // Connecting left the last device current on this thread, whatever the contexts have noted.
        foreach (CudaContext context in contexts) context.Handle.Enter();
        _gate = new CollectiveGate(devices.Length);
        _communicators = [.. communicators.Select((communicator, rank) => new ResourceHandle(contexts[rank].Handle, communicator, Release))];
    }

    /// <summary>Whether the library was found.</summary>
    /// <exception cref="CudaLibraryException">The folder that the user named for it does not hold it.</exception>
    public static bool IsPresent => NativeLibraries.IsPresent(NativeLibraryName.Nccl);

    /// <summary>Ranks.</summary>
    public int Count => _communicators.Length;

    /// <summary>Sums float32 values over all ranks; every rank receives the sums.</summary>
    /// <param name="rank">The rank of the stream's device.</param>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="values">The device address; overwritten by the sums.</param>
    /// <param name="count">Values.</param>
    /// <exception cref="InvalidOperationException">The group was aborted.</exception>
    public void AllReduce(int rank, CudaStream stream, nint values, long count) => Check(
        _gate.Call(rank, () => NcclApi.ncclAllReduce(values, values, (nuint)count, Float32, Sum, _communicators[rank].Value, stream.Enter())),
        call: nameof(NcclApi.ncclAllReduce));

    /// <summary>Lays the float32 values of all ranks one after the other; every rank receives all.</summary>
    /// <param name="rank">The rank of the stream's device.</param>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="source">The device address of the rank's own values.</param>
    /// <param name="destination">The device address of [ranks][<paramref name="count"/>].</param>
    /// <param name="count">Values of a rank.</param>
    /// <exception cref="InvalidOperationException">The group was aborted.</exception>
    public void AllGather(int rank, CudaStream stream, nint source, nint destination, long count) => Check(
        _gate.Call(rank, () => NcclApi.ncclAllGather(source, destination, (nuint)count, Float32, _communicators[rank].Value, stream.Enter())),
        call: nameof(NcclApi.ncclAllGather));

    /// <summary>
    /// Ends all collectives, where one rank failed and the others would wait for it forever: kernels on the devices stop, streams run on, calls
    /// return. Nothing can be computed with the group afterwards. Returns at once, and may be called again.
    /// </summary>
    /// <param name="rank">The rank that failed; its thread makes no further calls.</param>
    public void Abort(int rank)
    {
        // NCCL frees the memory of a group only when no captured graph holds a collective of it, and waits for that inside the abort. Whoever
        // failed cannot wait there: graphs are disposed of by callers that have yet to hear of the failure.
        var thread = new Thread(() => _gate.Abort(rank, each => NcclApi.ncclCommAbort(_communicators[each].Value))) { IsBackground = true, Name = "NCCL abort" };
        if (Interlocked.CompareExchange(ref _abortion, thread, null) is null) thread.Start();
    }

    /// <summary>
    /// Disconnects the devices; captured graphs with collectives of the group must have been disposed of. An abort that a device keeps from ending is
    /// waited for some seconds, and then what it holds is left to the end of the process.
    /// </summary>
    public void Dispose()
    {
        if (_abortion?.Join(AbortLimit) == false) return;
        foreach (ResourceHandle communicator in _communicators) communicator.Dispose();
    }

    // Aborting a communicator has destroyed it. The library's status is not the driver's, but whoever releases only asks whether it is 0.
    private DriverResult Release(nint communicator) => _gate.IsAborted ? DriverResult.Success : (DriverResult)NcclApi.ncclCommDestroy(communicator);

    private static void Check(int result, string? subject = null, [CallerArgumentExpression(nameof(result))] string call = "") =>
        CudaException.Check(result, static code => Marshal.PtrToStringUTF8((nint)NcclApi.ncclGetErrorString(code)) ?? $"error {code}", subject, call);
}
