using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Dropwise.Cpu;

/// <summary>
/// Threads that persist for the life of the team and start a parallel region within a microsecond: no allocation and no lock a
/// region. Workers spin for a while after each region, then sleep until the next one. One caller at a time.
/// </summary>
public sealed unsafe class WorkerTeam : IDisposable
{
    // About 50 microseconds of spinning on current processors: the gap between two layers is shorter, the gap between two tokens of a server longer.
    private const int SpinsBeforeSleep = 2000;

    private readonly Thread[] _threads;
    private readonly ManualResetEventSlim _wake = new(false, 0);
    private readonly Exception?[] _failures;
    private delegate*<void*, int, WorkerTeam, void> _body;
    private void* _state;
    private int _generation;
    private int _running;
    private int _barrierArrivals;
    private int _barrierGeneration;
    private volatile bool _stopping;

    /// <summary>Starts a team.</summary>
    /// <param name="workers">Workers, the calling thread included; at least 1.</param>
    public WorkerTeam(int workers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        Workers = workers;
        _failures = new Exception?[workers];
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
    /// <param name="work">The region; it stays where it is, so workers may write to it.</param>
    /// <typeparam name="TWork">The region's type.</typeparam>
    public void Run<TWork>(ref TWork work)
        where TWork : struct, ITeamWork
    {
        if (Workers == 1)
        {
            work.Execute(0, this);
            return;
        }

        // The caller's stack frame outlives the region, so a raw pointer to the work is safe for value types without references
        // and for those with references alike: the frame keeps them reachable and stack slots do not move.
        _state = Unsafe.AsPointer(ref work);
        _body = &Invoke<TWork>;
        Volatile.Write(ref _running, Workers - 1);
        Interlocked.Increment(ref _generation);
        _wake.Set();
        Call(0);
        SpinWait spin = default;
        while (Volatile.Read(ref _running) != 0) spin.SpinOnce(-1);
        _wake.Reset();
        foreach (Exception? failure in _failures)
        {
            if (failure is null) continue;
            Array.Clear(_failures);
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Waits until every worker of the running region is here. All of them must call it equally often.</summary>
    public void Barrier()
    {
        if (Workers == 1) return;
        int generation = Volatile.Read(ref _barrierGeneration);
        if (Interlocked.Increment(ref _barrierArrivals) == Workers)
        {
            _barrierArrivals = 0;
            Volatile.Write(ref _barrierGeneration, generation + 1);
            return;
        }

        // Yield now and then: a team may be larger than the processors that are free.
        for (int spins = 0; Volatile.Read(ref _barrierGeneration) == generation; spins++)
        {
            if (spins < SpinsBeforeSleep) Thread.SpinWait(4);
            else Thread.Yield();
        }
    }

    /// <summary>This worker's share of a number of items, as even as whole items allow.</summary>
    /// <param name="items">Items to share.</param>
    /// <param name="worker">0 to <see cref="Workers"/> − 1.</param>
    /// <returns>The first item and the one after the last.</returns>
    public (int Start, int End) Share(int items, int worker) =>
        ((int)((long)items * worker / Workers), (int)((long)items * (worker + 1) / Workers));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        Interlocked.Increment(ref _generation);
        _wake.Set();
        foreach (Thread thread in _threads) thread.Join();
        _wake.Dispose();
    }

    private static void Invoke<TWork>(void* state, int worker, WorkerTeam team)
        where TWork : struct, ITeamWork =>
        Unsafe.AsRef<TWork>(state).Execute(worker, team);

    private void Serve(int worker)
    {
        int seen = 0;
        while (true)
        {
            for (int spins = 0; Volatile.Read(ref _generation) == seen; spins++)
            {
                if (spins < SpinsBeforeSleep) Thread.SpinWait(4);
                else _wake.Wait();
            }

            seen = Volatile.Read(ref _generation);
            if (_stopping) return;
            Call(worker);
            Interlocked.Decrement(ref _running);
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
            // Thrown again on the calling thread by Run; a worker that fails before a barrier would leave the others waiting, so
            // regions validate their input before they start.
            _failures[worker] = e;
        }
    }
}
