using Dropwise.Cpu;

namespace Dropwise.Conformance.Tests;

public sealed unsafe class SuiteTests
{
    private static readonly FormatRow Row = Dropwise.Formats.Int4g32.Row;

    private static readonly ConformanceOptions Small = new() { Shapes = [(65, 96)], Tokens = [1], Values = [ValueDistribution.Gaussian] };

    [Fact]
    public void A_kernel_that_computes_nothing_fails()
    {
        List<ConformanceResult> results = Run(With("gemv_int4g32_l1_a8_t64_scalar", idle: true));
        ConformanceResult failure = Assert.Single(results, static r => r.Outcome == ConformanceOutcome.Failed);
        Assert.Equal("gemv_int4g32_l1_a8_t64_scalar", failure.Check);
    }

    [Fact]
    public void A_name_outside_of_the_grammar_fails()
    {
        List<ConformanceResult> results = Run(With("gemv_int4g32_a8_scalar", idle: false));
        Assert.Contains(results, static r => r.Outcome == ConformanceOutcome.Failed && r.Check == "names_int4g32");
    }

    [Fact]
    public void An_instruction_set_above_the_limit_is_skipped()
    {
        var results = new List<ConformanceResult>();
        ConformanceSuite.Run(new FormatRegistry([Row]), Small with { Isa = CpuIsa.Scalar }, results.Add);
        Assert.Contains(results, static r => r.Outcome == ConformanceOutcome.Skipped && r.Isa == CpuIsa.Avx2);
        Assert.DoesNotContain(results, static r => r.Outcome == ConformanceOutcome.Passed && r.Rows != 0 && r.Isa > CpuIsa.Scalar);
    }

    // More blocks in a row than a driver of small blocks takes at once, and rows that are no multiple of those that it multiplies together.
    [Fact]
    public void Rows_of_many_small_blocks_pass()
    {
        var results = new List<ConformanceResult>();
        ConformanceOptions wide = Small with { Shapes = [(6, 8224)], Formats = ["q4_1", "q5_0", "q8_0", "mxfp4"] };
        ConformanceSuite.Run(new FormatRegistry(Dropwise.Formats.FormatTable.Rows), wide, results.Add);
        Assert.Contains(results, static r => r.Outcome == ConformanceOutcome.Passed && r.Columns == 8224);
        Assert.DoesNotContain(results, static r => r.Outcome == ConformanceOutcome.Failed);
    }

    private static List<ConformanceResult> Run(FormatRow row)
    {
        var results = new List<ConformanceResult>();
        ConformanceSuite.Run(new FormatRegistry([row]), Small, results.Add);
        return results;
    }

    private static void Nothing(TileArguments* tile)
    {
    }

    // The row with its scalar gemv renamed and, where asked, replaced by one that does nothing.
    private static FormatRow With(string name, bool idle)
    {
        KernelEntry Changed(KernelEntry kernel) => kernel.Op != KernelOp.Gemv || kernel.Isa != CpuIsa.Scalar
            ? kernel
            : new KernelEntry
            {
                Name = name, Op = kernel.Op, Level = kernel.Level, Isa = kernel.Isa, Activation = kernel.Activation,
                Function = idle ? &Nothing : kernel.Function,
            };
        return new FormatRow
        {
            Descriptor = Row.Descriptor, TileRows = Row.TileRows, Streams = Row.Streams, Pack = Row.Pack, Unpack = Row.Unpack,
            Kernels = [.. Row.Kernels.Select(Changed)], Source = Row.Source,
        };
    }
}
