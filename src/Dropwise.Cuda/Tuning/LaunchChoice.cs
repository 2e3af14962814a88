namespace Dropwise.Cuda;

/// <summary>What of a launch is free: where one block ends and the next begins does not change a result.</summary>
/// <param name="Warps">Warps of a block.</param>
/// <param name="Blocks">Blocks of each multiprocessor; 0 where every tile has a block of its own.</param>
public readonly record struct LaunchChoice(int Warps, int Blocks);
