using Dropwise.Inference.Cuda;

namespace Dropwise.Inference.Tests.Cuda;

public sealed class RankTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Every_rank_works_once_on_a_thread_that_stays_its_own(int ranks)
    {
        using var team = new RankTeam(ranks);
        int[] first = new int[ranks], second = new int[ranks];
        team.Run(rank => first[rank] = Environment.CurrentManagedThreadId);
        team.Run(rank => second[rank] = Environment.CurrentManagedThreadId);
        Assert.Equal(first, second);
        Assert.Equal(ranks, first.Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void An_exception_reaches_the_caller_and_the_team_goes_on(int ranks)
    {
        using var team = new RankTeam(ranks);
        Assert.Throws<InvalidOperationException>(() => team.Run(rank =>
        {
            if (rank == ranks - 1) throw new InvalidOperationException();
        }));
        int worked = 0;
        team.Run(_ => Interlocked.Increment(ref worked));
        Assert.Equal(ranks, worked);
    }
}
