namespace Dropwise.Cuda.Device.Tests;

public sealed class DeviceSourcesTests
{
    /// <summary>What the engine serves: Ampere, Ada, Hopper with its own instructions, Blackwell.</summary>
    public static TheoryData<string> Architectures => ["sm_80", "sm_89", "sm_90a", "sm_100"];

    [Fact]
    public void Every_header_is_listed_once()
    {
        IEnumerable<string> embedded = typeof(DeviceSources).Assembly.GetManifestResourceNames().Where(static name => name.EndsWith(".cuh", StringComparison.Ordinal));
        IEnumerable<string> listed = [.. DeviceSources.Prelude, .. DeviceSources.Drivers, .. DeviceSources.Model, .. DeviceSources.Blocks, DeviceSources.CodeSearch, DeviceSources.Feedback, DeviceSources.Descent, DeviceSources.Vectors, DeviceSources.Dense, DeviceSources.Read];
        Assert.Equal(embedded.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_is_included()
    {
        Assert.All(
            typeof(DeviceSources).Assembly.GetManifestResourceNames(),
            name => Assert.DoesNotContain("#include", DeviceSources.Text(name), StringComparison.Ordinal));
    }

    [Fact]
    public void An_unknown_name_lists_the_known_ones()
    {
        KeyNotFoundException error = Assert.Throws<KeyNotFoundException>(() => DeviceSources.Text("Memory/Load.cuh"));
        Assert.Contains("Memory/Loads.cuh", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Prelude_and_drivers_compile(string architecture) => AssertCompiles(new CompileUnit("empty", DeviceSources.FormatUnit("empty.cu", ""), architecture));

    [Theory]
    [MemberData(nameof(Architectures))]
    public void The_kernel_that_reads_memory_compiles(string architecture) => AssertCompiles(new CompileUnit("read", DeviceSources.ReadUnit(), architecture));

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Kernels_of_layers_in_float32_compile(string architecture) => AssertCompiles(new CompileUnit("blocks", DeviceSources.BlockUnit(), architecture));

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Searches_of_codes_compile_for_nested_and_plain_sums(string architecture)
    {
        foreach (string name in (string[])[DeviceSources.Feedback, DeviceSources.Descent, DeviceSources.Vectors])
        {
            foreach ((int codebooks, int levels) in ((int, int)[])[(4, 4), (2, 1)])
            {
                if (name == DeviceSources.Vectors && levels > 1) continue;
                AssertCompiles(new CompileUnit("search", DeviceSources.SearchUnit(name), architecture)
                {
                    Defines = ["DIMENSION=8", "CODEWORDS=256", $"CODEBOOKS={codebooks}", $"LEVELS={levels}", "WIDTH=8"],
                });
            }
        }
    }

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(Architectures))]
    public void Products_of_unquantized_weights_compile(string architecture)
    {
        foreach ((string element, int bytes) in ((string, int)[])[("HalfElement", 2), ("BfloatElement", 2), ("FloatElement", 4)])
            AssertCompiles(new CompileUnit(element, DeviceSources.DenseUnit(), architecture) { Defines = [$"ELEMENT={element}", $"ELEMENT_BYTES={bytes}"] });
    }

    private static void AssertCompiles(CompileUnit unit)
    {
        Assert.SkipUnless(RuntimeCompiler.IsPresent, "NVRTC is not here: set DROPWISE_NVRTC to its folder");

        // An exception carries the compiler's log.
        Assert.NotNull(RuntimeCompiler.Instance.Compile(unit));
    }
}
