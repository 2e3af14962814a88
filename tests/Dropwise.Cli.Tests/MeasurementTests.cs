using System.Text.Json;
using Dropwise.Cuda;

namespace Dropwise.Cli.Tests;

public sealed class MeasurementTests
{
    [Fact]
    public void Verify_counts_checks_of_one_format()
    {
        JsonElement json = Command.Run("verify", "--format", "int4g32", "--json").Json;
        Assert.True(json.GetProperty("passed").GetInt32() > 100);
        Assert.Equal(0, json.GetProperty("failed").GetInt32());
        Assert.True(json.TryGetProperty("skipped", out _));
        Assert.InRange(json.GetProperty("worst").GetDouble(), 0, 1);
    }

    [Fact]
    public void Verify_refuses_an_unknown_format() => Command.Run("verify", "--format", "int5g7").FailsNaming(2, "int5g7");

    [Fact]
    public void Bench_prints_the_roofline_beside_each_kernel()
    {
        JsonElement json = Command.Run("bench", "--format", "int4g32", "--shape", "256x256", "--threads", "1", "--json").Json;
        Assert.True(json.GetProperty("roofline_gbps").GetDouble() > 0);
        JsonElement kernel = Assert.Single(json.GetProperty("kernels").EnumerateArray());
        foreach (string field in (string[])["format", "level", "op", "engine", "m", "n", "k", "threads", "seconds", "gbps", "ratio"])
            Assert.True(kernel.TryGetProperty(field, out _), field);
        Assert.Equal(256, kernel.GetProperty("n").GetInt32());
        Assert.True(kernel.GetProperty("gbps").GetDouble() > 0);
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("bench")]
    public void Without_a_device_one_line_names_what_is_missing(string verb)
    {
        Assert.SkipWhen(CudaLibrary.Detect().Missing is null, "this machine has a CUDA device");
        Command.Run(verb, "--device", "cuda", "--format", "int4g32").FailsNaming(1, "CUDA");
    }

    [Fact]
    public void Bench_takes_several_numbers_of_tokens()
    {
        JsonElement json = Command.Run("bench", "--format", "int4g32", "--shape", "256x256", "--threads", "1", "--tokens", "1", "4", "--json").Json;
        Assert.Equal([1, 4], json.GetProperty("kernels").EnumerateArray().Select(kernel => kernel.GetProperty("m").GetInt32()));
    }

    [Fact]
    public void Bench_times_a_whole_model()
    {
        JsonElement json = Command.Run("bench", "--format", "int4g32", "--shape", "tiny-stories-7m", "--threads", "1", "--json").Json;
        JsonElement model = Assert.Single(json.GetProperty("models").EnumerateArray());
        Assert.True(model.GetProperty("decode_tokens_per_second").GetDouble() > 0);
        Assert.True(model.GetProperty("prompt_tokens_per_second").GetDouble() > 0);
        Assert.Equal("int8g32", model.GetProperty("head").GetString());
    }

    [Fact]
    public void Bench_times_the_mix_that_a_recipe_says()
    {
        using var folder = new TemporaryFolder();
        string mixed = folder.Combine("mixed.json"), served = folder.Combine("served.json");
        File.WriteAllText(mixed, """{"tensors": [{"match": "down_proj", "format": "int8g32"}, {"match": "_proj", "format": "dbd4x8g8"}], "levels": [4, 3, 3, 3, 3, 2, 2, 2]}""");
        File.WriteAllText(served, """{"levels": [1, 1, 1, 1, 1, 1, 1, 1]}""");
        JsonElement both = Only("--recipe", mixed);
        Assert.Equal(mixed, both.GetProperty("format").GetString());
        Assert.Equal(4, both.GetProperty("level").GetInt32());
        Assert.Equal(1, Only("--recipe", served, "--format", "dbd4x8g8").GetProperty("level").GetInt32());
        Command.Run("bench", "--recipe", served, "--shape", "tiny-stories-7m").FailsNaming(2, served, "--format");
        Command.Run("bench", "--recipe", mixed, "--format", "int4g32", "--shape", "tiny-stories-7m").FailsNaming(2, mixed, "--format");
        Command.Run("bench", "--recipe", mixed).FailsNaming(2, "--recipe", "whole model");

        static JsonElement Only(params string[] options) => Assert.Single(
            Command.Run(["bench", "--shape", "tiny-stories-7m", "--threads", "1", "--json", .. options]).Json.GetProperty("models").EnumerateArray());
    }

    [Theory]
    [InlineData("--shape", "8192")]
    [InlineData("--shape", "llama-2b")]
    [InlineData("--threads", "0")]
    [InlineData("--bits", "9")]
    [InlineData("--tokens", "0")]
    [InlineData("--device", "tpu")]
    [InlineData("--format", "int5g7")]
    [InlineData("--format", "bf16")]
    public void Bench_refuses_what_it_cannot_time(string option, string value) => Command.Run("bench", option, value).FailsNaming(2, value);
}
