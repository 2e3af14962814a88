namespace Dropwise.Cuda;

/// <summary>
/// Stands between the threads of a group's ranks and the library that connects them, so that the group can be aborted while some of them are
/// inside: the library frees all communicators of a process with the last one that is aborted, and whoever was inside would go on in freed memory.
/// </summary>
/// <param name="ranks">Ranks, each served by one thread at a time.</param>
internal sealed class CollectiveGate(int ranks)
{
    private readonly Lock[] _inside = [.. Enumerable.Range(0, ranks).Select(static _ => new Lock())];
    private int _aborted;

    /// <summary>Whether the group was aborted: nobody comes in any more.</summary>
    public bool IsAborted => Volatile.Read(ref _aborted) != 0;

    /// <summary>Calls the library for a rank.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="call">The call.</param>
    /// <returns>What the call returned.</returns>
    /// <exception cref="InvalidOperationException">The group was aborted.</exception>
    public int Call(int rank, Func<int> call)
    {
        lock (_inside[rank])
        {
            return IsAborted ? throw new InvalidOperationException("the collectives of these devices were aborted") : call();
        }
    }

    /// <summary>Aborts every communicator, once.</summary>
    /// <param name="rank">The rank that failed; its thread is not inside and makes no further calls.</param>
    /// <param name="abort">Aborts the communicator of a rank, which makes calls that wait for other ranks return.</param>
    public void Abort(int rank, Action<int> abort)
    {
        if (Interlocked.Exchange(ref _aborted, 1) != 0) return;
        int[] others = [.. Enumerable.Range(0, _inside.Length).Where(other => other != rank)];
        foreach (int other in others) abort(other);

        // Released by the abort, they leave; only then may the last communicator, and with it all memory, go.
        foreach (int other in others)
        {
            _inside[other].Enter();
            _inside[other].Exit();
        }

        abort(rank);
    }
}
