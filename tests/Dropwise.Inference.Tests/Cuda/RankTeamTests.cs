using Dropwise.Inference.Cuda;

namespace Dropwise.Inference.Tests.Cuda;

public sealed class RankTeamTests
{
    // Far above what any step here takes: a team that hangs must fail its test rather than the run.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Every_rank_works_once_on_a_thread_that_stays_its_own(int ranks)
    {
        using var team = new RankTeam(ranks);
        int[] first = new int[ranks], second = new int[ranks];
        team.Run(rank => first[rank] = Environment.CurrentManagedThreadId);
        team.Meet(rank => second[rank] = Environment.CurrentManagedThreadId);
        Assert.Equal(first, second);
        Assert.Equal(ranks, first.Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exception_of_independent_work_reaches_the_caller_and_the_team_goes_on(int ranks)
    {
        bool aborted = false;
        using var team = new RankTeam(ranks, _ => aborted = true);
        Assert.Throws<InvalidOperationException>(() => team.Run(rank =>
        {
            if (rank == ranks - 1) throw new InvalidOperationException();
        }));
        int worked = 0;
        team.Meet(_ => Interlocked.Increment(ref worked));
        Assert.Equal(ranks, worked);
        Assert.False(aborted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_rank_that_fails_releases_those_that_wait_for_it_and_its_own_exception_reaches_the_caller(int failing)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using var collective = new ManualResetEventSlim();
        int aborts = 0, abortedBy = -1;
        using var team = new RankTeam(3, rank =>
        {
            Interlocked.Increment(ref aborts);
            abortedBy = rank;
            collective.Set();
        });
        InvalidOperationException cause = Assert.Throws<InvalidOperationException>(() => team.Meet(rank =>
        {
            if (rank == failing) throw new InvalidOperationException("out of paper");
            Assert.True(collective.Wait(Patience, stop));

            // What a collective returns with after an abort: a consequence, whatever the rank's number.
            throw new IOException("aborted");
        }));
        Assert.Equal("out of paper", cause.Message);
        Assert.Equal(1, aborts);
        Assert.Equal(failing, abortedBy);
    }

    [Fact]
    public void After_a_failure_nothing_meets_any_more_and_what_was_allocated_can_still_be_released()
    {
        using var team = new RankTeam(2, static _ => { });
        Assert.Throws<InvalidOperationException>(() => team.Meet(static rank => throw new InvalidOperationException("out of paper")));
        int worked = 0;
        string message = Assert.Throws<InferenceException>(() => team.Meet(_ => Interlocked.Increment(ref worked))).Message;
        Assert.Equal("the model cannot be used any more, because one of its 2 devices failed: out of paper", message);
        Assert.Throws<InferenceException>(team.RequireWhole);
        Assert.Equal(0, worked);
        team.Run(_ => Interlocked.Increment(ref worked));
        Assert.Equal(2, worked);
    }

    [Fact]
    public void A_team_may_be_disposed_of_twice()
    {
        var team = new RankTeam(2);
        team.Dispose();
        team.Dispose();
    }

    [Fact]
    public void One_device_has_nobody_to_release_and_goes_on()
    {
        using var team = new RankTeam(1, static _ => Assert.Fail("nobody waits"));
        Assert.Throws<InvalidOperationException>(() => team.Meet(static _ => throw new InvalidOperationException()));
        team.Meet(static _ => { });
    }
}
