namespace Dropwise.Cuda;

/// <summary>Finds the fastest launch of a kernel by trying all that make sense.</summary>
internal static class LaunchTuner
{
    // Fewer warps cannot hide the latency of memory; more than 32 are not a block.
    private static readonly int[] Warps = [4, 8, 10, 12, 16, 24, 32];

    // The fastest of a few runs: disturbances only ever add time.
    private const int Repeats = 5;

    /// <summary>The launches of a kernel that a multiprocessor can hold.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="launch">What it wants.</param>
    public static IEnumerable<LaunchChoice> Candidates(CudaKernel kernel, KernelLaunch launch)
    {
        int[] warps = launch.Threads == 0 ? [.. Warps.Where(count => count * 32 <= kernel.MaxThreads)] : [launch.Threads / 32];
        foreach (int count in warps)
        {
            int sharedBytes = launch.SharedBytesOf(count * 32) + kernel.StaticSharedBytes;
            if (sharedBytes > kernel.Context.Device.SharedBytesPerBlock) continue;
            int most = Math.Min(launch.Blocks, kernel.ActiveBlocks(count * 32, launch.SharedBytesOf(count * 32)));
            if (launch.Blocks == 0) yield return new LaunchChoice(count, 0);
            for (int blocks = 1; blocks <= most; blocks++) yield return new LaunchChoice(count, blocks);
        }
    }

    /// <summary>Measures all candidates.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="candidates">At least one.</param>
    /// <param name="work">Puts the work under a choice into the stream, over more weights than the second-level cache holds.</param>
    /// <returns>The fastest.</returns>
    public static LaunchChoice Fastest(CudaStream stream, IEnumerable<LaunchChoice> candidates, Action<LaunchChoice> work) =>
        candidates.MinBy(choice => GraphTimer.Measure(stream, () => work(choice), Repeats)[0]);
}
