using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dropwise.Cuda;

/// <summary>
/// NCCL over several devices of one process: a rank a device. Every collective is put into a stream of every rank, between
/// <see cref="Together"/> where one thread serves all ranks.
/// </summary>
public sealed unsafe class NcclGroup : IDisposable
{
    private const int Float32 = 7;
    private const int Sum = 0;

    private readonly ResourceHandle[] _communicators;

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
        _communicators = [.. communicators.Select((communicator, rank) =>
            new ResourceHandle(contexts[rank].Handle, communicator, static released => (DriverResult)NcclApi.ncclCommDestroy(released)))];
    }

    /// <summary>Whether the library was found.</summary>
    public static bool IsPresent => NativeLibraries.IsPresent(NativeLibraryName.Nccl);

    /// <summary>Ranks.</summary>
    public int Count => _communicators.Length;

    /// <summary>Puts a collective of all ranks into their streams from one thread: a rank alone would wait for the others forever.</summary>
    /// <param name="collectives">Calls the same collective once for each rank.</param>
    public void Together(Action collectives)
    {
        Check(NcclApi.ncclGroupStart());
        collectives();
        Check(NcclApi.ncclGroupEnd());
    }

    /// <summary>Sums float32 values over all ranks; every rank receives the sums.</summary>
    /// <param name="rank">The rank of the stream's device.</param>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="values">The device address; overwritten by the sums.</param>
    /// <param name="count">Values.</param>
    public void AllReduce(int rank, CudaStream stream, nint values, long count) =>
        Check(NcclApi.ncclAllReduce(values, values, (nuint)count, Float32, Sum, _communicators[rank].Value, stream.Enter()));

    /// <summary>Lays the float32 values of all ranks one after the other; every rank receives all.</summary>
    /// <param name="rank">The rank of the stream's device.</param>
    /// <param name="stream">The stream, also while it captures.</param>
    /// <param name="source">The device address of the rank's own values.</param>
    /// <param name="destination">The device address of [ranks][<paramref name="count"/>].</param>
    /// <param name="count">Values of a rank.</param>
    public void AllGather(int rank, CudaStream stream, nint source, nint destination, long count) =>
        Check(NcclApi.ncclAllGather(source, destination, (nuint)count, Float32, _communicators[rank].Value, stream.Enter()));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ResourceHandle communicator in _communicators) communicator.Dispose();
    }

    private static void Check(int result, string? subject = null, [CallerArgumentExpression(nameof(result))] string call = "") =>
        CudaException.Check(result, static code => Marshal.PtrToStringUTF8((nint)NcclApi.ncclGetErrorString(code)) ?? $"error {code}", subject, call);
}
