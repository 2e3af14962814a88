using Dropwise.Cpu;
using Dropwise.Formats;

namespace Dropwise.Cuda.Tests;

/// <summary>What the generator wrote compiles for every architecture, without a device.</summary>
public sealed class GeneratedSourceTests
{
    public static TheoryData<string, string> Programs => new(
        from row in FormatTable.Rows
        where row.Cuda is not null
        from architecture in Nvrtc.Architectures
        select (row.Descriptor.Name, architecture));

    [Theory]
    [Trait("Category", "Slow")]
    [MemberData(nameof(Programs))]
    public void Every_unit_holds_the_kernels_that_the_registry_names(string format, string architecture)
    {
        RuntimeCompiler compiler = Nvrtc.Find();
        FormatRow row = FormatTable.Rows.Single(row => row.Descriptor.Name == format);
        Parallel.ForEach(Expected(row.Cuda!, architecture).GroupBy(static kernel => kernel.Unit), unit =>
        {
            // The cache is keyed by all that the result depends on: what did not change since the last run is not compiled again.
            CompiledUnit compiled = KernelCache.Default.GetOrCompile(compiler, DevicePrograms.UnitOf(row, unit.Key, architecture, SharedBytes(architecture)));
            Assert.Equal(unit.Select(static kernel => kernel.Name).Order(StringComparer.Ordinal), compiled.Resources.Select(static r => r.Kernel).Order(StringComparer.Ordinal));

            // A product of few tokens waits for memory only: registers that spill would add to what it waits for.
            Assert.All(compiled.Resources, static kernel => Assert.False(kernel.Kernel.StartsWith("gemv", StringComparison.Ordinal) && kernel.Spills, $"{kernel}"));
        });
    }

    private static IEnumerable<(int Unit, string Name)> Expected(CudaProgram program, string architecture)
    {
        foreach (DeviceStreamSpec stream in program.Streams)
        {
            if (stream.RepackKernel is { } kernel) yield return (CudaProgram.RepackUnit, kernel);
        }

        foreach (CudaKernelEntry kernel in program.Kernels)
        {
            if (kernel.Architecture == 80 || architecture == "sm_90a") yield return (kernel.Level, kernel.Name);
        }
    }

    // What a block may have on the device that the architecture stands for.
    private static int SharedBytes(string architecture) => architecture switch
    {
        "sm_80" => 163 * 1024,
        "sm_89" => 99 * 1024,
        _ => 227 * 1024,
    };
}
