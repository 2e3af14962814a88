using Dropwise.Cpu;

namespace Dropwise.Conformance.Tests;

public sealed class RegistryTests
{
    // The shipped formats, and those of this project that stand in the corners of the language.
    private static readonly FormatRegistry Registry = new(Dropwise.Formats.FormatTable.Rows, FormatTable.Rows);

    public static TheoryData<string> Formats => [.. Registry.Rows.Select(static row => row.Descriptor.Name)];

    [Theory]
    [InlineData(CpuIsa.Scalar)]
    [InlineData(CpuIsa.Avx2)]
    [InlineData(CpuIsa.Avx512)]
    [InlineData(CpuIsa.Avx512Vbmi)]
    public void Kernels_of_an_instruction_set_are_checked_here(CpuIsa isa)
    {
        // The suite skips what cannot run; so that nobody mistakes that for a pass, the instruction set is counted as skipped too.
        int kernels = Registry.Rows.Sum(row => row.Kernels.Count(kernel => kernel.Isa == isa));
        Assert.SkipUnless(isa <= CpuFeatures.Detected, $"{kernels} kernels need {CpuFeatures.NameOf(isa)}, which is not here");
        Assert.NotEqual(0, kernels);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Every_kernel_agrees_with_the_oracle(string format)
    {
        var results = new List<ConformanceResult>();
        ConformanceSuite.Run(Registry, new ConformanceOptions { Formats = [format] }, results.Add);
        int skipped = results.Count(static r => r.Outcome == ConformanceOutcome.Skipped);
        TestContext.Current.TestOutputHelper?.WriteLine($"{results.Count - skipped} checks ran, {skipped} were skipped");
        string failures = string.Join('\n', results.Where(static r => r.Outcome == ConformanceOutcome.Failed));
        Assert.True(failures.Length == 0, failures);
        Assert.NotEmpty(results);
    }
}
