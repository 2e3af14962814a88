using Dropwise.Snapshots;
using Outside;

// A test framework would do the same: the task fails with an exception.
internal static class KernelReview
{
    private static async Task Main() => await KernelSnapshot.Verify<Odd5>("avx2");
}
