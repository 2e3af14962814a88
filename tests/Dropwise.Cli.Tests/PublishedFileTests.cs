using System.Diagnostics;
using System.Runtime.Intrinsics.X86;

namespace Dropwise.Cli.Tests;

/// <summary>What native compilation could break without any other test noticing: which instructions the file uses, and its size.</summary>
[Trait("Category", "Slow")]
public sealed class PublishedFileTests
{
    /// <summary>The target of the file, without a model.</summary>
    private const long MaximumBytes = 12_000_000;

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

    [Theory]
    [InlineData("v4", null, "int4g32", "avx512")]
    [InlineData("v4", null, "dbd4x8g8", "avx512vbmi")]
    [InlineData("v4", "avx512", "dbd4x8g8", "avx512")]
    [InlineData("v4", "avx2", "dbd4x8g8", "avx2")]
    [InlineData("v3", null, "int4g32", "avx2")]
    [InlineData("v3", null, "dbd4x8g8", "avx2")]
    public void Products_use_the_vector_kernels(string isa, string? lowered, string format, string engine)
    {
        Assert.SkipUnless(engine != "avx512vbmi" || Avx512Vbmi.IsSupported, "this processor has no VBMI");
        Dictionary<string, string>? environment = lowered is null ? null : new() { [Cpu.CpuFeatures.IsaVariable] = lowered };
        var json = PublishedFile.Run(isa, environment, "bench", "--format", format, "--shape", "512x512", "--threads", "1", "--json").Json;
        Assert.All(json.GetProperty("kernels").EnumerateArray(), kernel => Assert.Equal(engine, kernel.GetProperty("engine").GetString()));
    }

    [Theory]
    [InlineData("v4")]
    [InlineData("v3")]
    public void Every_kernel_agrees_with_the_oracle(string isa)
    {
        var json = PublishedFile.Run(isa, null, "verify", "--json").Json;
        Assert.True(json.GetProperty("passed").GetInt32() > 1000);
        Assert.Equal(0, json.GetProperty("failed").GetInt32());
    }

    [Theory]
    [InlineData("v4")]
    [InlineData("v3")]
    public void The_default_model_lies_beside_the_file_and_can_be_quantized_and_run(string isa)
    {
        using var folder = new TemporaryFolder();
        string output = folder.Combine("out.safetensors");
        Assert.Equal(56, PublishedFile.Run(isa, null, "quantize", "--format", "int4g32", "-o", output, "--json").Json.GetProperty("tensors").GetArrayLength());
        var json = PublishedFile.Run(isa, null, "run", output, "-p", "Once upon a time", "--max-tokens", "8", "--json").Json;
        Assert.StartsWith(", there was", json.GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ctrl_C_during_quantize_leaves_nothing_behind()
    {
        // A shell starts background jobs with the signal ignored, and children inherit that.
        string ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        Assert.SkipUnless((Convert.ToUInt64(ignored[7..].Trim(), 16) & 2) == 0, "this process was started with SIGINT ignored");
        using var folder = new TemporaryFolder();
        using Process quantize = PublishedFile.Start("v4", null, "quantize", "--format", "dbd4x8g8", "-o", folder.Combine("out.safetensors"));

        // Long enough to be at work, which takes many times as long.
        Thread.Sleep(TimeSpan.FromSeconds(1));
        Process.Start("kill", ["-INT", $"{quantize.Id}"]).WaitForExit();
        string error = quantize.StandardError.ReadToEnd();
        quantize.WaitForExit();
        Assert.Equal("error: interrupted\n", error);
        Assert.Equal(1, quantize.ExitCode);
        Assert.Empty(folder.Files);
    }

    [Fact]
    public void A_wrong_value_of_the_variable_is_one_line() =>
        PublishedFile.Run("v4", new() { [Cpu.CpuFeatures.IsaVariable] = "sse9" }, "info").FailsNaming(1, "DROPWISE_ISA", "sse9");

    [Theory]
    [InlineData("v3")]
    [InlineData("v4")]
    public void The_file_is_small(string isa) => Assert.InRange(new FileInfo(PublishedFile.Find(isa)).Length, 1, MaximumBytes);
}
