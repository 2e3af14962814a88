using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Dropwise.Cpu;

/// <summary>
/// Threads that persist for the life of the team and start a parallel region within a microsecond: no allocation and no lock a
/// region. Workers spin for a while after each region, then sleep until the next one. One caller at a time.
/// </summary>
public sealed unsafe class WorkerTeam : IDisposable
{
    // About 100 microseconds of spinning: the gap between two layers is shorter, the gap between two requests longer.
    private const int SpinsBeforeSleep = 2000;

    private readonly Thread[] _threads;
    private readonly object _sleeping = new();
    private readonly NativeBuffer?[] _scratch;
    private readonly int _spins;
    private delegate*<void*, int, WorkerTeam, void> _body;
    private void* _state;
    private CacheLineInt _generation;
    private CacheLineInt _finishedGeneration;
    private CacheLineInt _running;
    private CacheLineInt _barrierArrivals;
    private CacheLineInt _barrierGeneration;
    private CacheLineInt _sleepers;
    private volatile Exception? _failure;
    private volatile bool _stopping;

    /// <summary>Starts a team.</summary>
    /// <param name="workers">Workers, the calling thread included; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no worker.</exception>
    public WorkerTeam(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        Workers = workers;

        // A spinning worker holds a processor that a team larger than the machine needs for its other workers.
        _spins = workers <= Environment.ProcessorCount ? SpinsBeforeSleep : 1;
        _scratch = new NativeBuffer?[workers];
        _threads = new Thread[workers - 1];
        for (int i = 0; i < _threads.Length; i++)
        {
            int worker = i + 1;
            _threads[i] = new Thread(() => Serve(worker)) { IsBackground = true, Name = $"dropwise-{worker}" };
            _threads[i].Start();
        }
    }

    /// <summary>Workers, the calling thread included.</summary>
    public int Workers { get; }

    /// <summary>Executes a region on all workers and returns when all are done; the first exception of a worker is thrown again.</summary>
    /// <param name="work">The region, a local variable of the caller; workers may write to it.</param>
    /// <typeparam name="TWork">The region's type.</typeparam>
    public void Run<TWork>(ref TWork work)
        where TWork : struct, ITeamWork, allows ref struct
    {
        if (Workers == 1)
        {
            work.Execute(0, this);
            return;
        }

        // The region is a local of the caller, whose frame outlives it; stack slots do not move.
        _state = Unsafe.AsPointer(ref work);
        _body = &Invoke<TWork>;
        int finished = Volatile.Read(ref _finishedGeneration.Value);
        Volatile.Write(ref _running.Value, Workers - 1);
        Advance(ref _generation.Value);
        Call(0);
        AwaitChange(ref _finishedGeneration.Value, finished);
        if (_failure is not null) Rethrow();
    }

    /// <summary>Waits until every worker of the running region is here. All of them must call it equally often.</summary>
    /// <exception cref="InvalidOperationException">Another worker failed and will never come.</exception>
    public void Barrier()
    {
        if (Workers == 1) return;

        // The generation is read before the failure: a worker that fails sets the failure first and then lets everybody go on, so
        // that whoever sees the new generation sees the failure too.
        int generation = Volatile.Read(ref _barrierGeneration.Value);
        ThrowIfFailed();
        if (Interlocked.Increment(ref _barrierArrivals.Value) == Workers)
        {
            _barrierArrivals.Value = 0;
            Advance(ref _barrierGeneration.Value);
            return;
        }

        AwaitChange(ref _barrierGeneration.Value, generation);
        ThrowIfFailed();
    }

    /// <summary>This worker's share of a number of items, as even as whole items allow.</summary>
    /// <param name="items">Items to share.</param>
    /// <param name="worker">0 to <see cref="Workers"/> − 1.</param>
    /// <returns>The first item and the one after the last.</returns>
    public (int Start, int End) Share(int items, int worker) =>
        ((int)((long)items * worker / Workers), (int)((long)items * (worker + 1) / Workers));

    /// <summary>Memory of one worker, 64-byte aligned, for the length of a region; it grows to the largest request and stays.</summary>
    /// <param name="worker">The worker that asks; only it may use the memory.</param>
    /// <param name="byteLength">Bytes.</param>
    /// <returns>The first byte; what it holds is left over from earlier regions.</returns>
    public byte* Scratch(int worker, long byteLength)
    {
        NativeBuffer? buffer = _scratch[worker];
        if (buffer is null || buffer.ByteLength < byteLength)
        {
            buffer?.Dispose();
            _scratch[worker] = buffer = new NativeBuffer(byteLength);
        }

        return buffer.Pointer;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Advance(ref _generation.Value);
        foreach (Thread thread in _threads) thread.Join();
        foreach (NativeBuffer? buffer in _scratch) buffer?.Dispose();
    }

    private static void Invoke<TWork>(void* state, int worker, WorkerTeam team)
        where TWork : struct, ITeamWork, allows ref struct =>
        Unsafe.AsRef<TWork>(state).Execute(worker, team);

    private void Serve(int worker)
    {
        for (int seen = 0; ; seen++)
        {
            AwaitChange(ref _generation.Value, seen);
            if (_stopping) return;
            Call(worker);
            if (Interlocked.Decrement(ref _running.Value) == 0) Advance(ref _finishedGeneration.Value);
        }
    }

    private void Call(int worker)
    {
        try
        {
            _body(_state, worker, this);
        }
        catch (Exception e)
        {
            // Thrown again on the calling thread by Run. Only the first counts: those after it are of workers that gave up at a barrier.
            Interlocked.CompareExchange(ref _failure, e, null);
            Advance(ref _barrierGeneration.Value);
        }
    }

    /// <summary>Waits until a counter has another value: spins first, then sleeps.</summary>
    /// <remarks>
    /// Sleeping, not yielding: on a machine with other work, a thread that yields is soon chosen again while the worker that it waits
    /// for stands in the same queue, and every region takes a scheduler's time slice (measured: 4 ms in place of 0.3).
    /// </remarks>
    private void AwaitChange(ref int counter, int old)
    {
        for (int spins = 0; spins < _spins; spins++)
        {
            if (Volatile.Read(ref counter) != old) return;
            Thread.SpinWait(1);
        }

        // A sleeper counts itself before it looks at the counter, and whoever advances the counter does so before looking for
        // sleepers; both are full fences, so that one of the two always sees the other.
        Interlocked.Increment(ref _sleepers.Value);
        lock (_sleeping)
        {
            while (Volatile.Read(ref counter) == old) Monitor.Wait(_sleeping);
        }

        Interlocked.Decrement(ref _sleepers.Value);
    }

    private void Advance(ref int counter)
    {
        Interlocked.Increment(ref counter);
        if (Volatile.Read(ref _sleepers.Value) == 0) return;
        lock (_sleeping) Monitor.PulseAll(_sleeping);
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null) throw new InvalidOperationException("another worker of the region failed before the barrier");
    }

    /// <summary>Throws what made the region fail, and leaves the team ready for the next region.</summary>
    private void Rethrow()
    {
        Exception failure = _failure!;
        _failure = null;
        _barrierArrivals.Value = 0;
        ExceptionDispatchInfo.Throw(failure);
    }
}
