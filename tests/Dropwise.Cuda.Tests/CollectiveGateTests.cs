namespace Dropwise.Cuda.Tests;

/// <summary>The order of an abort, with threads in place of ranks and events in place of NCCL.</summary>
public sealed class CollectiveGateTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_rank_inside_is_released_first_and_the_one_that_failed_comes_last()
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        var gate = new CollectiveGate(3);
        using var inside = new ManualResetEventSlim();
        using var mayLeave = new ManualResetEventSlim();
        var order = new List<string>();
        void Note(string what)
        {
            lock (order) order.Add(what);
        }

        // Rank 0 waits inside the library for the others, and takes its time to come back after the abort.
        Task<int> waiting = Task.Run(() => gate.Call(0, () =>
        {
            inside.Set();
            Assert.True(mayLeave.Wait(Patience, stop));
            Thread.Sleep(50);
            Note("left 0");
            return 7;
        }), stop);
        Assert.True(inside.Wait(Patience, stop));
        Task abort = Task.Run(() => gate.Abort(1, rank =>
        {
            Note($"abort {rank}");
            if (rank == 0) mayLeave.Set();
        }), stop);
        await abort.WaitAsync(Patience, stop);
        Assert.Equal(7, await waiting.WaitAsync(Patience, stop));
        Assert.Equal(["abort 0", "abort 2", "left 0", "abort 1"], order);
    }

    [Fact]
    public void Nobody_comes_in_after_an_abort_and_communicators_are_aborted_once()
    {
        var gate = new CollectiveGate(2);
        Assert.Equal(3, gate.Call(1, static () => 3));
        Assert.False(gate.IsAborted);
        var aborted = new List<int>();
        gate.Abort(0, aborted.Add);
        gate.Abort(1, aborted.Add);
        Assert.Equal([1, 0], aborted);
        Assert.True(gate.IsAborted);
        Assert.Throws<InvalidOperationException>(() => gate.Call(0, static () => 0));
    }
}
