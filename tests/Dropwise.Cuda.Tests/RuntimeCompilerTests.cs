using System.Globalization;

namespace Dropwise.Cuda.Tests;

public sealed class RuntimeCompilerTests
{
    private const string Doubling = """
        extern "C" __global__ void doubling(const float* x, float* y, int count)
        {
            int i = blockIdx.x * blockDim.x + threadIdx.x;
            if (i < count) y[i] = FACTOR * x[i];
        }
        """;

    public static TheoryData<string> Architectures => [.. Nvrtc.Architectures];

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Sources_compile_without_a_device(string architecture)
    {
        CompiledUnit compiled = Nvrtc.Find().Compile(new CompileUnit("doubling", Doubling, architecture) { Defines = ["FACTOR=2.0f"] });
        Assert.Equal("\u007fELF"u8, compiled.Cubin.AsSpan(0, 4));
        KernelResources resources = Assert.Single(compiled.Resources);
        Assert.Equal("doubling", resources.Kernel);
        Assert.InRange(resources.Registers, 1, 64);
        Assert.False(resources.Spills);
    }

    [Fact]
    public void Spilled_registers_are_reported()
    {
        // 64 live values and a bound of 32 registers a thread: the compiler has to put some of them into memory.
        const string Crowded = """
            extern "C" __global__ void __launch_bounds__(1024, 2) crowded(float* values)
            {
                float x[64];
                for (int i = 0; i < 64; i++) x[i] = values[i * 1024 + threadIdx.x];
                __syncthreads();
                for (int i = 0; i < 64; i++) values[(63 - i) * 1024 + threadIdx.x] = x[i] * x[63 - i];
            }
            """;
        KernelResources resources = Assert.Single(Nvrtc.Find().Compile(new CompileUnit("crowded", Crowded, "sm_90a")).Resources);
        Assert.True(resources.Spills, $"{resources}");
    }

    [Fact]
    public void A_compile_error_names_the_unit_and_quotes_the_line()
    {
        var unit = new CompileUnit("broken", "extern \"C\" __global__ void broken(float* y)\n{\n    y[0] = missing + 1;\n}\n", "sm_80");
        CompilationException error = Assert.Throws<CompilationException>(() => Nvrtc.Find().Compile(unit));
        Assert.StartsWith("broken does not compile for sm_80: broken.cu, line 3:", error.Message, StringComparison.Ordinal);
        Assert.Contains("\"missing\" is undefined", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("`y[0] = missing + 1;`", error.Message, StringComparison.Ordinal);
        Assert.Contains("broken.cu(3)", error.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void A_compile_error_is_found_behind_line_directives()
    {
        var unit = new CompileUnit("parts", "#line 1 \"First.cuh\"\nint one;\n\n#line 1 \"Second.cu\"\nint two;\nint three = wrong;\n", "sm_80");
        CompilationException error = Assert.Throws<CompilationException>(() => Nvrtc.Find().Compile(unit));
        Assert.StartsWith("parts does not compile for sm_80: Second.cu, line 2:", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("`int three = wrong;`", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_error_of_the_assembler_is_reported_too()
    {
        var unit = new CompileUnit("assembled", "extern \"C\" __global__ void assembled()\n{\n    asm volatile(\"no.such.instruction;\");\n}\n", "sm_80");
        CompilationException error = Assert.Throws<CompilationException>(() => Nvrtc.Find().Compile(unit));
        Assert.StartsWith("assembled does not compile for sm_80", error.Message, StringComparison.Ordinal);
        Assert.Contains("Not a name of any known instruction: 'no'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_identity_is_that_of_the_file_which_the_loader_took()
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        var file = new FileInfo(compiler.File);
        Assert.True(file.Exists, compiler.File);
        Assert.Contains("libnvrtc", file.Name, StringComparison.Ordinal);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"{compiler.Version} {file.Length} {file.LastWriteTimeUtc.Ticks}"), compiler.Identity);
    }

    [Fact]
    public void The_compilers_own_cache_is_left_alone_by_versions_that_can_be_told_so()
    {
        var unit = new CompileUnit("doubling", Doubling, "sm_90a");
        Assert.Equal([.. unit.Options, "--no-cache"], RuntimeCompiler.OptionsOf(unit, new Version(13, 0)));
        Assert.Equal(unit.Options, RuntimeCompiler.OptionsOf(unit, new Version(12, 9)));
    }

    [Fact]
    public void An_unknown_architecture_is_an_error_that_names_it()
    {
        CudaException error = Assert.Throws<CudaException>(() => Nvrtc.Find().Compile(new CompileUnit("doubling", Doubling, "sm_1")));
        Assert.Contains("sm_1", error.Message, StringComparison.Ordinal);
        Assert.Contains("nvrtcCompileProgram", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_gets_its_own_architecture_or_the_nearest_older_of_its_family()
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        Assert.Equal("sm_80", compiler.ArchitectureFor(new Version(8, 0)));
        Assert.Equal("sm_89", compiler.ArchitectureFor(new Version(8, 9)));
        Assert.Equal("sm_90a", compiler.ArchitectureFor(new Version(9, 0)));
        int newest = compiler.Capabilities[^1];
        Assert.Equal($"sm_{newest}", compiler.ArchitectureFor(new Version(newest / 10, (newest % 10) + 1)));
        CudaLibraryException error = Assert.Throws<CudaLibraryException>(() => compiler.ArchitectureFor(new Version(3, 5)));
        Assert.Contains("3.5", error.Message, StringComparison.Ordinal);
    }
}
