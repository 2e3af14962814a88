using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cli.Tests;

/// <summary>What native compilation could break without any other test noticing: which instructions the file uses, its size, its start.</summary>
[Trait("Category", "Slow")]
public sealed class PublishedFileTests
{
    // The targets of the file: 12 MB without the model, and `info` well below what a person notices.
    private const long MaximumBytes = 12_000_000;
    private const double MaximumStartMilliseconds = 30;

    [Fact]
    public void The_v4_file_uses_avx512_and_checks_for_vbmi_at_run_time()
    {
        var json = PublishedFile.Run("v4", null, "info", "--json").Json;
        Assert.True(json.GetProperty("native").GetBoolean());
        Assert.Equal(Avx512Vbmi.IsSupported ? "avx512vbmi" : "avx512", json.GetProperty("isa").GetString());
    }

    [Fact]
    public void The_v3_file_uses_avx2_on_any_processor()
    {
        var json = PublishedFile.Run("v3", null, "info", "--json").Json;
        Assert.True(json.GetProperty("native").GetBoolean());
        Assert.Equal("avx2", json.GetProperty("isa").GetString());
    }

    [Theory]
    [InlineData("avx512")]
    [InlineData("avx2")]
    [InlineData("scalar")]
    public void An_environment_variable_lowers_the_instruction_set(string isa)
    {
        var json = PublishedFile.Run("v4", new() { [Cpu.CpuFeatures.IsaVariable] = isa }, "info", "--json").Json;
        Assert.Equal(isa, json.GetProperty("isa").GetString());
    }

    [Fact]
    public void A_wrong_value_of_the_variable_is_one_line() =>
        PublishedFile.Run("v4", new() { [Cpu.CpuFeatures.IsaVariable] = "sse9" }, "info").FailsNaming(1, "DROPWISE_ISA", "sse9");

    [Theory]
    [InlineData("v3")]
    [InlineData("v4")]
    public void The_file_is_small(string isa) => Assert.InRange(new FileInfo(PublishedFile.Find(isa)).Length, 1, MaximumBytes);

    [Fact]
    public void Info_starts_fast()
    {
        // The best of several starts: the others measure what else this machine was doing.
        double best = double.MaxValue;
        for (int i = 0; i < 20; i++)
        {
            long start = Stopwatch.GetTimestamp();
            PublishedFile.Run("v4", null, "info");
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        Assert.InRange(best, 0, MaximumStartMilliseconds);
    }
}
