using System.Runtime.ExceptionServices;

namespace Dropwise.Inference.Cuda;

/// <summary>
/// One thread a device, for as long as the model: collectives of several devices meet, so that each device needs somebody who feeds it.
/// With one device the caller's own thread does the work.
/// </summary>
internal sealed class RankTeam : IDisposable
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _start;
    private readonly CountdownEvent _done;
    private readonly Exception?[] _errors;
    private Action<int>? _work;

    /// <summary>Starts the threads.</summary>
    /// <param name="ranks">Devices, at least 1.</param>
    public RankTeam(int ranks)
    {
        Ranks = ranks;
        _errors = new Exception?[ranks];
        _done = new CountdownEvent(ranks);
        _start = [.. Enumerable.Range(0, ranks).Select(static _ => new SemaphoreSlim(0))];
        _threads = ranks == 1 ? [] : [.. Enumerable.Range(0, ranks).Select(rank => new Thread(() => Serve(rank)) { IsBackground = true, Name = $"device {rank}" })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>Devices.</summary>
    public int Ranks { get; }

    /// <summary>Does something on every device's thread and waits for all.</summary>
    /// <param name="work">Receives the rank. An exception of the lowest rank that has one is thrown on.</param>
    public void Run(Action<int> work)
    {
        if (Ranks == 1)
        {
            work(0);
            return;
        }

        _work = work;
        _done.Reset();
        Array.Clear(_errors);
        foreach (SemaphoreSlim start in _start) start.Release();
        _done.Wait();
        if (Array.Find(_errors, static error => error is not null) is { } first) ExceptionDispatchInfo.Throw(first);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _work = null;
        foreach (SemaphoreSlim start in _start) start.Release();
        foreach (Thread thread in _threads) thread.Join();
        foreach (SemaphoreSlim start in _start) start.Dispose();
        _done.Dispose();
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
                // The caller's thread throws it on once all devices are done.
                _errors[rank] = e;
            }

            _done.Signal();
        }
    }
}
