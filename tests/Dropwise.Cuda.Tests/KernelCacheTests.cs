namespace Dropwise.Cuda.Tests;

public sealed class KernelCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dropwise-cubins-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_unit_is_compiled_once()
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        var cache = new KernelCache(_folder);
        CompiledUnit first = cache.GetOrCompile(compiler, Unit("one"));
        string file = Assert.Single(Directory.GetFiles(_folder));
        DateTime written = File.GetLastWriteTimeUtc(file);
        CompiledUnit second = new KernelCache(_folder).GetOrCompile(compiler, Unit("one"));
        Assert.Equal(first.Cubin, second.Cubin);
        Assert.Equal(first.Log, second.Log);
        Assert.Equal(first.Resources, second.Resources);
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public void Whatever_the_code_depends_on_is_part_of_the_key()
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        var cache = new KernelCache(_folder);
        string?[] paths =
        [
            cache.PathOf(compiler.Identity, Unit("one")),
            cache.PathOf(compiler.Identity, Unit("one") with { Source = Unit("one").Source + " " }),
            cache.PathOf(compiler.Identity, Unit("one") with { Architecture = "sm_80" }),
            cache.PathOf(compiler.Identity, Unit("one") with { Defines = ["LEVEL=2"] }),
            cache.PathOf(compiler.Identity + "1", Unit("one")),
        ];
        Assert.Equal(paths.Length, paths.Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(1000)]
    public void A_damaged_file_is_compiled_again_and_replaced(int keptBytes)
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        var cache = new KernelCache(_folder);
        byte[] cubin = cache.GetOrCompile(compiler, Unit("one")).Cubin;
        string file = Assert.Single(Directory.GetFiles(_folder));
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..keptBytes]);
        Assert.Equal(cubin, cache.GetOrCompile(compiler, Unit("one")).Cubin);

        // The log holds the compiler's times, so that the new file is not the old one byte by byte; but it is read again.
        DateTime written = File.GetLastWriteTimeUtc(file);
        Assert.Equal(cubin, cache.GetOrCompile(compiler, Unit("one")).Cubin);
        Assert.Equal(written, File.GetLastWriteTimeUtc(file));
    }

    [Fact]
    public void A_changed_byte_is_noticed()
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        var cache = new KernelCache(_folder);
        byte[] cubin = cache.GetOrCompile(compiler, Unit("one")).Cubin;
        string file = Assert.Single(Directory.GetFiles(_folder));
        byte[] changed = File.ReadAllBytes(file);
        changed[^5] ^= 1;
        File.WriteAllBytes(file, changed);
        Assert.Equal(cubin, cache.GetOrCompile(compiler, Unit("one")).Cubin);
    }

    [Fact]
    public void A_folder_that_cannot_be_made_costs_nothing_but_time()
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        string blocked = Path.Combine(_folder, "file");
        File.WriteAllText(blocked, "");
        Assert.NotEmpty(new KernelCache(Path.Combine(blocked, "cubins")).GetOrCompile(compiler, Unit("one")).Cubin);
    }

    [Fact]
    public void Several_units_are_compiled_in_the_order_asked_for()
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        CompileUnit[] units = [Unit("one"), Unit("two"), Unit("three"), Unit("four")];
        CompiledUnit[] compiled = new KernelCache(_folder).GetOrCompile(compiler, units);
        Assert.Equal(units.Select(unit => unit.Name), compiled.Select(unit => unit.Resources.Single().Kernel));
        Assert.Equal(4, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void One_broken_unit_of_several_is_a_compilation_error()
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        CompileUnit[] units = [Unit("one"), Unit("two") with { Source = "nonsense" }];
        CompilationException error = Assert.Throws<CompilationException>(() => new KernelCache(_folder).GetOrCompile(compiler, units));
        Assert.Contains("two does not compile", error.Message, StringComparison.Ordinal);
    }

    private static CompileUnit Unit(string name) => new(name, $"extern \"C\" __global__ void {name}(int* y) {{ y[threadIdx.x] = LEVEL; }}", "sm_90a") { Defines = ["LEVEL=1"] };
}
