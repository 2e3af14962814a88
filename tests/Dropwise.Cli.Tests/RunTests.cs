using Dropwise.Cuda;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

public sealed class RunTests
{
    [Fact]
    public void Text_streams_to_standard_output_and_figures_to_standard_error()
    {
        CommandResult result = Command.Run("run", "-p", "Once upon a time", "--max-tokens", "8");
        Assert.Equal(0, result.ExitCode);
        Assert.StartsWith(", there was", result.Output, StringComparison.Ordinal);
        Assert.Contains("level 1", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_counts_tokens_and_time()
    {
        var json = Command.Run("run", "-p", "Once upon a time", "--max-tokens", "6", "--json").Json;
        Assert.StartsWith(", there was", json.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(6, json.GetProperty("generated_tokens").GetInt32());
        Assert.Equal(5, json.GetProperty("prompt_tokens").GetInt32());
        Assert.True(json.GetProperty("prompt_tokens_per_second").GetDouble() > 0);
        Assert.True(json.GetProperty("tokens_per_second").GetDouble() > 0);
        Assert.Equal(1, json.GetProperty("level").GetInt32());
    }

    [Fact]
    public void The_same_seed_gives_the_same_text_and_another_seed_another()
    {
        string Draw(string seed) =>
            Command.Run("run", "-p", "One day", "--max-tokens", "24", "--temperature", "1", "--seed", seed, "--json").Json.GetProperty("text").GetString()!;
        Assert.Equal(Draw("3"), Draw("3"));
        Assert.NotEqual(Draw("3"), Draw("4"));
    }

    [Fact]
    public void Exact_activations_and_another_number_of_threads_continue_alike()
    {
        string Continue(params string[] options) =>
            Command.Run(["run", "-p", "Once upon a time", "--max-tokens", "12", "--json", .. options]).Json.GetProperty("text").GetString()!;
        Assert.Equal(Continue("--exact"), Continue("--threads", "1"));
    }

    [Fact]
    public void A_level_that_is_not_there() => Command.Run("run", "-p", "x", "--bits", "3").FailsNaming(2, "--bits 3", "level 1");

    [Theory]
    [InlineData("--top-p", "2")]
    [InlineData("--temperature", "-1")]
    [InlineData("--max-tokens", "0")]
    [InlineData("--threads", "0")]
    [InlineData("--bits", "0")]
    [InlineData("--seed", "many")]
    public void An_option_out_of_range(string option, string value) =>
        Command.Run("run", "-p", "x", option, value).FailsNaming(2, value);

    [Theory]
    [InlineData("--exact", "--device", "cuda", "--exact")]
    [InlineData("--gpus", "--gpus", "2")]
    [InlineData("tpu", "--device", "tpu")]
    [InlineData("--gpus", "--device", "cuda", "--gpus", "0")]
    [InlineData("--gpus is 'two'", "--device", "cuda", "--gpus", "two")]
    public void A_device_that_does_not_go_with_the_other_options(string named, params string[] options) =>
        Command.Run(["run", "-p", "x", .. options]).FailsNaming(2, named);

    [Fact]
    public void A_machine_without_a_device_is_told_so_in_one_line()
    {
        if (CudaLibrary.Detect().Missing is null) Assert.Skip("this machine has a CUDA device");
        Command.Run("run", "-p", "x", "--device", "cuda").FailsNaming(1, "not found");
        Command.Run("verify", "--model", TestData.DefaultModel, "--device", "cuda").FailsNaming(1, "not found");
        Command.Run("verify", "--device", "cuda", "--model").FailsNaming(1, "not found");
        Command.Run("demo", "--device", "cuda").FailsNaming(1, "not found");
        Command.Run("bench", "--device", "cuda", "--gpus", "2", "--shape", "tiny-stories-7m").FailsNaming(1, "not found");
    }

    [Fact]
    public void A_missing_file() => Command.Run("run", "/nowhere/model", "-p", "x").FailsNaming(1, "/nowhere/model");

    [Fact]
    public void A_folder_without_a_model()
    {
        using var folder = new TemporaryFolder();
        Command.Run("run", folder.Path, "-p", "x").FailsNaming(1, folder.Path, "config.json");
    }

    [Fact]
    public void An_interruption_is_a_failure_without_a_stack_trace()
    {
        CommandResult result = Command.Run(new CancellationToken(canceled: true), "run", "-p", "x", "--json");
        result.FailsNaming(1, "interrupted");
    }
}
