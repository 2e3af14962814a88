namespace Dropwise.Cuda.Tests;

public sealed class NativeLibraryTests
{
    [Fact]
    public void The_toolkit_comes_before_the_loader()
    {
        string? Variable(string name) => name switch { "DROPWISE_NVRTC" => "", "CUDA_PATH" => "/toolkit", _ => null };
        Assert.Equal(
            [
                "/toolkit/lib64/libnvrtc.so.13", "/toolkit/lib64/libnvrtc.so.12",
                "/toolkit/targets/x86_64-linux/lib/libnvrtc.so.13", "/toolkit/targets/x86_64-linux/lib/libnvrtc.so.12",
                "libnvrtc.so.13", "libnvrtc.so.12",
                "/usr/local/cuda/lib64/libnvrtc.so.13", "/usr/local/cuda/lib64/libnvrtc.so.12",
            ],
            NativeLibraryFinder.Of(NativeLibraryName.Nvrtc).Candidates(Variable));
    }

    [Fact]
    public void A_folder_that_was_named_for_the_library_is_the_only_place()
    {
        string? Variable(string name) => name switch { "DROPWISE_NVRTC" => "/own", "CUDA_PATH" => "/toolkit", _ => null };
        Assert.Equal(["/own/libnvrtc.so.13", "/own/libnvrtc.so.12"], NativeLibraryFinder.Of(NativeLibraryName.Nvrtc).Candidates(Variable));
    }

    [Fact]
    public void A_wrong_folder_is_named_with_its_variable()
    {
        NativeLibraryFinder finder = NativeLibraryFinder.Of(NativeLibraryName.Blas);
        string? In(string folder, string name) => name == "DROPWISE_CUBLAS" ? folder : null;
        Assert.Equal("cuBLAS was not found: DROPWISE_CUBLAS is /none, which is no folder", finder.Missing(name => In("/none", name)));
        Assert.Equal(
            "cuBLAS was not found: DROPWISE_CUBLAS is /proc, which holds no libcublas.so.13 or libcublas.so.12 that can be loaded",
            finder.WrongFolder(name => In("/proc", name)));
        Assert.Null(finder.WrongFolder(static _ => null));
        Assert.Null(finder.WrongFolder(static name => name == "CUDA_PATH" ? "/none" : null));
    }

    [Fact]
    public void The_mapping_of_an_address_names_its_file()
    {
        string[] maps =
        [
            "7f10000000-7f10001000 r--p 00000000 08:01 77                     /usr/lib/a.so",
            "7f10001000-7f10003000 r-xp 00001000 08:01 77                     /usr/lib/with space/a.so",
            "7f10003000-7f10004000 rw-p 00000000 00:00 0 ",
        ];
        Assert.Equal("/usr/lib/a.so", LoadedFile.PathAt(maps, 0x7f10000fff));
        Assert.Equal("/usr/lib/with space/a.so", LoadedFile.PathAt(maps, 0x7f10001000));
        Assert.Null(LoadedFile.PathAt(maps, 0x7f10003000));
        Assert.Null(LoadedFile.PathAt(maps, 0x10));
    }

    [Fact]
    public void What_is_missing_is_one_line_with_advice()
    {
        string message = NativeLibraryFinder.Of(NativeLibraryName.Nvrtc).Missing(static _ => null);
        Assert.Equal(
            "NVRTC was not found: no libnvrtc.so.13 or libnvrtc.so.12; install the CUDA toolkit 12 or 13, "
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
            Assert.Equal(missing, Assert.Throws<CudaLibraryException>(static () => CudaLibrary.Require()).Message);
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
