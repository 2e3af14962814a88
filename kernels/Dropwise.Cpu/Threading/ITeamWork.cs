namespace Dropwise.Cpu;

/// <summary>One parallel region: every worker of a team executes it once, at the same time.</summary>
public interface ITeamWork
{
    /// <summary>Does this worker's share.</summary>
    /// <param name="worker">0 to workers − 1; 0 is the calling thread.</param>
    /// <param name="team">The team, whose <see cref="WorkerTeam.Barrier"/> all workers of the region may meet at.</param>
    void Execute(int worker, WorkerTeam team);
}
