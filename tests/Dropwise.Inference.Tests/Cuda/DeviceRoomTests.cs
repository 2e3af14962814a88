using Dropwise.Cuda;
using Dropwise.Inference.Cuda;

namespace Dropwise.Inference.Tests.Cuda;

public sealed class DeviceRoomTests
{
    [Fact]
    public void What_did_not_fit_is_named_in_one_line()
    {
        InferenceException error = Assert.Throws<InferenceException>(() => DeviceRoom.Take("H200 (device 1)", "a sequence of 9 positions", static () => Fail(DriverResult.OutOfMemory)));
        Assert.StartsWith("a sequence of 9 positions does not fit the memory of H200 (device 1): cuMemAlloc (77 bytes of device memory) failed: ", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Other_failures_stay_what_they_are() =>
        Assert.Throws<CudaException>(() => DeviceRoom.Take("H200 (device 1)", "a sequence", static () => Fail(DriverResult.NotReady)));

    private static int Fail(DriverResult result)
    {
        CudaException.Check(result, "77 bytes of device memory", "DriverApi.cuMemAlloc(&pointer, 77)");
        return 0;
    }
}
