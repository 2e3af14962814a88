namespace Dropwise.Cpu.Tests;

public sealed class WorkerTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public void Every_worker_executes_every_region_once_also_when_workers_outnumber_processors(int workers)
    {
        using WorkerTeam team = new(workers);
        int[] counts = new int[workers];
        for (int region = 0; region < 200; region++)
        {
            Count work = new(counts);
            team.Run(ref work);
        }

        Assert.All(counts, count => Assert.Equal(200, count));
    }

    [Fact]
    public void Workers_that_went_to_sleep_wake_for_the_next_region()
    {
        using WorkerTeam team = new(3);
        int[] counts = new int[3];
        for (int region = 0; region < 20; region++)
        {
            Count work = new(counts);
            team.Run(ref work);
            Thread.Sleep(region % 3 * 5);
        }

        Assert.All(counts, count => Assert.Equal(20, count));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void No_worker_passes_a_barrier_before_all_have_arrived(int workers)
    {
        using WorkerTeam team = new(workers);
        Phases work = new(new int[workers]);
        for (int region = 0; region < 5; region++) team.Run(ref work);
        Assert.Equal(0, work.Violations);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(3, 2)]
    public void A_workers_exception_reaches_the_caller_and_the_team_goes_on(int workers, int failing)
    {
        using WorkerTeam team = new(workers);
        Failing work = new(failing, barrier: false);
        Assert.Equal("worker " + failing, Assert.Throws<FormatException>(() => team.Run(ref work)).Message);
        int[] counts = new int[workers];
        Count next = new(counts);
        team.Run(ref next);
        Assert.All(counts, count => Assert.Equal(1, count));
    }

    [Fact]
    public void A_worker_that_fails_before_a_barrier_does_not_leave_the_others_waiting()
    {
        using WorkerTeam team = new(3);
        Failing failing = new(1, barrier: true);
        Assert.Throws<FormatException>(() => team.Run(ref failing));
        Phases phases = new(new int[3]);
        team.Run(ref phases);
        Assert.Equal(0, phases.Violations);
    }

    [Fact]
    public void A_region_allocates_nothing()
    {
        using WorkerTeam team = new(2);
        Count work = new(new int[2]);
        team.Run(ref work);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int region = 0; region < 100; region++) team.Run(ref work);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(2, 5)]
    [InlineData(int.MaxValue, 7)]
    public void Shares_cover_all_items_without_overlap(int items, int workers)
    {
        using WorkerTeam team = new(workers);
        int expected = 0;
        for (int worker = 0; worker < workers; worker++)
        {
            (int start, int end) = team.Share(items, worker);
            Assert.Equal(expected, start);
            Assert.InRange(end - start, items / workers, (items / workers) + 1);
            expected = end;
        }

        Assert.Equal(items, expected);
    }

    [Fact]
    public void A_team_of_nobody_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => new WorkerTeam(0));

    private readonly struct Count(int[] counts) : ITeamWork
    {
        public void Execute(int worker, WorkerTeam team) => Interlocked.Increment(ref counts[worker]);
    }

    private readonly struct Failing(int failing, bool barrier) : ITeamWork
    {
        public void Execute(int worker, WorkerTeam team)
        {
            if (worker == failing) throw new FormatException("worker " + worker);
            if (barrier) team.Barrier();
        }
    }

    /// <summary>After each barrier every worker must find all others in the phase that it is in, or one further.</summary>
    private struct Phases(int[] phases) : ITeamWork
    {
        public int Violations;

        public void Execute(int worker, WorkerTeam team)
        {
            for (int phase = 1; phase <= 100; phase++)
            {
                Volatile.Write(ref phases[worker], phase);
                team.Barrier();
                for (int other = 0; other < phases.Length; other++)
                {
                    if (Volatile.Read(ref phases[other]) < phase) Interlocked.Increment(ref Violations);
                }

                team.Barrier();
            }

            phases[worker] = 0;
        }
    }
}
