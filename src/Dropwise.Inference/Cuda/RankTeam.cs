using System.Runtime.ExceptionServices;

namespace Dropwise.Inference.Cuda;

/// <summary>
/// One thread a device, for as long as the model: collectives of several devices meet, so that each device needs somebody who feeds it.
/// With one device the caller's own thread does the work. For one caller at a time.
/// </summary>
internal sealed class RankTeam : IDisposable
{
    private readonly Action<int>? _abort;
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _start;
    private readonly CountdownEvent _done;
    private readonly Exception?[] _errors;
    private Action<int>? _work;
    private bool _meets;
    private bool _disposed;

    // What the first device failed with while others may have waited for it.
    private Exception? _cause;

    /// <summary>Starts the threads.</summary>
    /// <param name="ranks">Devices, at least 1.</param>
    /// <param name="abort">
    /// Makes devices return that wait for others, given the rank that failed, on that rank's thread; called once at most, and may not throw or wait.
    /// </param>
    public RankTeam(int ranks, Action<int>? abort = null)
    {
        Ranks = ranks;
        _abort = abort;
        _errors = new Exception?[ranks];
        _done = new CountdownEvent(ranks);
        _start = [.. Enumerable.Range(0, ranks).Select(static _ => new SemaphoreSlim(0))];
        _threads = ranks == 1 ? [] : [.. Enumerable.Range(0, ranks).Select(rank => new Thread(() => Serve(rank)) { IsBackground = true, Name = $"device {rank}" })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>Devices.</summary>
    public int Ranks { get; }

    /// <summary>Does something on every device's thread that needs no other device, and waits for all.</summary>
    /// <param name="work">Receives the rank. An exception of the lowest rank that has one is thrown on; the team goes on.</param>
    public void Run(Action<int> work) => Run(work, meets: false);

    /// <summary>
    /// Does something on every device's thread in which devices wait for each other, be it in a stream, and waits for all. Where one of several
    /// fails, the others are released and the team has come to its end.
    /// </summary>
    /// <param name="work">Receives the rank. The exception that came first is thrown on: the others follow from it.</param>
    /// <exception cref="InferenceException">The team came to its end before.</exception>
    public void Meet(Action<int> work)
    {
        RequireWhole();
        Run(work, meets: true);
    }

    /// <summary>Requires that no device has failed while others waited for it.</summary>
    /// <exception cref="InferenceException">One has; the message says with what.</exception>
    public void RequireWhole()
    {
        if (Volatile.Read(ref _cause) is { } cause)
            throw new InferenceException($"the model cannot be used any more, because one of its {Ranks} devices failed: {cause.Message}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _work = null;
        foreach (SemaphoreSlim start in _start) start.Release();
        foreach (Thread thread in _threads) thread.Join();
        foreach (SemaphoreSlim start in _start) start.Dispose();
        _done.Dispose();
    }

    private void Run(Action<int> work, bool meets)
    {
        if (Ranks == 1)
        {
            work(0);
            return;
        }

        _work = work;
        _meets = meets;
        _done.Reset();
        Array.Clear(_errors);
        foreach (SemaphoreSlim start in _start) start.Release();
        _done.Wait();
        Exception? first = meets ? _cause : Array.Find(_errors, static error => error is not null);
        if (first is not null) ExceptionDispatchInfo.Throw(first);
    }

    private void Serve(int rank)
    {
        while (true)
        {
            _start[rank].Wait();
            if (_work is not { } work) return;
            try
            {
                work(rank);
            }
            catch (Exception e)
            {
                // The caller's thread throws it on once all devices are done, which those that wait for this one never are by themselves.
                _errors[rank] = e;
                if (_meets && Interlocked.CompareExchange(ref _cause, e, null) is null) _abort?.Invoke(rank);
            }

            _done.Signal();
        }
    }
}
