namespace Dropwise.Cli.Tests;

/// <summary>What a user is told when a device fails, and that nothing is left behind or waits forever; on pretended devices.</summary>
[Trait("Category", "Slow")]
public sealed class DeviceFailureTests(PretendDevices devices) : IClassFixture<PretendDevices>
{
    // Places at which a run is made to fail: the first call of a kind, some between, the last.
    private const int Places = 5;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Memory_that_is_not_enough_is_one_line_wherever_it_ends(int gpus)
    {
        Succeeds(gpus);
        foreach (int place in PlacesOf(devices.Asked[0])) Run(("PRETEND_FAIL_ALLOCATION", place), gpus).FailsNaming(1, " does not fit the memory of Pretended (device ", "out of memory");
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        Succeeds(1);
        int last = devices.Asked[0];
        Run(("PRETEND_FAIL_ALLOCATION", 1), 1).FailsNaming(1, "the model does not fit the memory of Pretended (device 0): cuMemAlloc");
        Run(("PRETEND_FAIL_ALLOCATION", last), 1).FailsNaming(1, "a sequence of ", " positions in batches of ", "cuMemAlloc");
        Run(("PRETEND_FAIL_ALLOCATION", 1), 2).FailsNaming(1, "a model over 2 devices does not fit the memory of Pretended (device ");
    }

    [Fact]
    public void A_launch_that_fails_on_one_of_two_devices_releases_the_other()
    {
        Succeeds(2);
        foreach (int place in PlacesOf(devices.Asked[1])) Run(("PRETEND_FAIL_LAUNCH", place), 2).FailsNaming(1, "cuLaunchKernelEx", "unspecified launch failure");
    }

    [Fact]
    public void Work_that_fails_on_one_of_two_devices_releases_the_other_which_waits_for_it()
    {
        Succeeds(2);

        // The last two waits are for freeing memory, where failures no longer matter to anybody.
        foreach (int place in PlacesOf(devices.Asked[2] - 2)) Run(("PRETEND_FAIL_WAIT", place), 2).FailsNaming(1, "cuStreamSynchronize", "unspecified launch failure");
    }

    [Fact]
    public void More_devices_than_there_are()
    {
        Run(null, 3).FailsNaming(1, "3 GPUs were asked for; this machine has 2");
        devices.Run(null, "bench", "--device", "cuda", "--gpus", "3", "--shape", "tiny-stories-7m").FailsNaming(1, "3 GPUs were asked for; this machine has 2");
    }

    private static IEnumerable<int> PlacesOf(int calls) => Enumerable.Range(0, Places).Select(i => 1 + (i * (calls - 1) / (Places - 1)));

    private void Succeeds(int gpus)
    {
        CommandResult result = Run(null, gpus);
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Contains("8 generated", result.Error, StringComparison.Ordinal);
    }

    private CommandResult Run((string, int)? failure, int gpus) =>
        devices.Run(failure, "run", devices.Model, "-p", "Once upon a time", "--max-tokens", "8", "--device", "cuda", "--gpus", $"{gpus}");
}
