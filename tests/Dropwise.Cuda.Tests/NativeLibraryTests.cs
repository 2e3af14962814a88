namespace Dropwise.Cuda.Tests;

public sealed class NativeLibraryTests
{
    [Fact]
    public void Named_folders_come_before_the_toolkit_and_the_loader()
    {
        string? Variable(string name) => name switch { "DROPWISE_NVRTC" => "/own", "CUDA_PATH" => "/toolkit", _ => null };
        Assert.Equal(
            [
                "/own/libnvrtc.so.13", "/own/libnvrtc.so.12",
                "/toolkit/lib64/libnvrtc.so.13", "/toolkit/lib64/libnvrtc.so.12",
                "/toolkit/targets/x86_64-linux/lib/libnvrtc.so.13", "/toolkit/targets/x86_64-linux/lib/libnvrtc.so.12",
                "libnvrtc.so.13", "libnvrtc.so.12",
                "/usr/local/cuda/lib64/libnvrtc.so.13", "/usr/local/cuda/lib64/libnvrtc.so.12",
            ],
            NativeLibraryFinder.Of(NativeLibraryName.Nvrtc).Candidates(Variable));
    }

    [Fact]
    public void What_is_missing_is_one_line_with_advice()
    {
        string message = NativeLibraryFinder.Of(NativeLibraryName.Nvrtc).Missing(name => name == "DROPWISE_NVRTC" ? "/empty" : null);
        Assert.Equal(
            "NVRTC was not found: no libnvrtc.so.13 or libnvrtc.so.12 (DROPWISE_NVRTC is /empty); install the CUDA toolkit 12 or 13, "
            + "or set DROPWISE_NVRTC to the folder that holds libnvrtc.so.13 and libnvrtc-builtins",
            message);
        Assert.All(NativeLibraryFinder.All, finder => Assert.DoesNotContain('\n', finder.Missing(_ => null)));
    }

    [Fact]
    public void A_machine_without_CUDA_is_described_and_not_an_error()
    {
        CudaLibrary library = CudaLibrary.Detect();
        if (library.Devices.Length == 0) Assert.NotNull(library.Missing);
        if (library.Missing is { } missing)
        {
            Assert.DoesNotContain('\n', missing);
            Assert.Equal(missing, Assert.Throws<CudaLibraryException>(CudaLibrary.Require).Message);
        }
    }

    [Fact]
    public void Without_a_driver_a_context_says_what_is_missing()
    {
        Assert.SkipWhen(NativeLibraries.IsPresent(NativeLibraryName.Driver), "this machine has a CUDA driver");
        CudaLibraryException error = Assert.Throws<CudaLibraryException>(() => CudaContext.Open());
        Assert.Equal("the CUDA driver was not found: no libcuda.so.1; install the NVIDIA driver", error.Message);
    }
}
