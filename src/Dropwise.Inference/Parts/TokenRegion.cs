using Dropwise.Cpu;

namespace Dropwise.Inference;

/// <summary>Something that is done to each token of a batch on its own.</summary>
internal interface ITokenOperation
{
    /// <summary>Does it.</summary>
    /// <param name="token">0 to the batch's tokens − 1.</param>
    void Apply(int token);
}

/// <summary>Spreads an operation over the workers where that pays.</summary>
internal static class TokenRegion
{
    // A region costs about a microsecond, in which one worker handles some 16,000 elements.
    private const int ElementsOfOneWorker = 1 << 15;

    /// <summary>Applies an operation to all tokens.</summary>
    /// <param name="team">The workers.</param>
    /// <param name="tokens">Tokens of the batch.</param>
    /// <param name="elements">Elements that the operation handles for a token.</param>
    /// <param name="operation">The operation.</param>
    /// <typeparam name="TOperation">Its type.</typeparam>
    public static void Run<TOperation>(WorkerTeam team, int tokens, int elements, TOperation operation)
        where TOperation : struct, ITokenOperation
    {
        if ((long)tokens * elements < ElementsOfOneWorker)
        {
            for (int token = 0; token < tokens; token++) operation.Apply(token);
            return;
        }

        Shares<TOperation> work = new(tokens, operation);
        team.Run(ref work);
    }

    private struct Shares<TOperation>(int tokens, TOperation operation) : ITeamWork
        where TOperation : struct, ITokenOperation
    {
        public void Execute(int worker, WorkerTeam team)
        {
            (int start, int end) = team.Share(tokens, worker);
            for (int token = start; token < end; token++) operation.Apply(token);
        }
    }
}
