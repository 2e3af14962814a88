using System.Text.Json;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary><c>dropwise verify --model</c> on the processor.</summary>
public sealed class GoldenVerifyTests
{
    [Theory]
    [InlineData("gemma3")]
    [InlineData("falcon")]
    [InlineData("qwen3-moe")]
    public void A_model_gives_the_logits_that_lie_beside_it(string family)
    {
        JsonElement json = Command.Run("verify", "--model", TestData.Find($"models/golden/{family}"), "--json").Json;
        Assert.Equal(49, json.GetProperty("passed").GetInt32());
        Assert.Equal(0, json.GetProperty("failed").GetInt32());
        Assert.InRange(json.GetProperty("worst").GetDouble(), 0, 1e-4);
    }

    [Fact]
    public void A_model_file_is_compared_with_the_logits_in_its_folder() =>
        Assert.Equal(0, Command.Run("verify", "--model", TestData.Find("models/golden/llama/model.safetensors")).ExitCode);

    [Fact]
    public void Another_model_fails_and_says_by_how_much()
    {
        using var folder = new TemporaryFolder();
        Copy("llama", folder, "config.json", "model.safetensors");
        Copy("mistral", folder, "golden.safetensors");
        CommandResult result = Command.Run("verify", "--model", folder.Path);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("0 passed, 49 failed; worst: level 1", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_logits_the_command_says_what_is_missing()
    {
        using var folder = new TemporaryFolder();
        Copy("llama", folder, "config.json", "model.safetensors");
        Command.Run("verify", "--model", folder.Path).FailsNaming(1, folder.Path, "has no golden.safetensors");
        File.WriteAllText(folder.Combine("golden.safetensors"), "not a header, but longer than one");
        Command.Run("verify", "--model", folder.Path).FailsNaming(1, "golden.safetensors");
        File.Copy(folder.Combine("model.safetensors"), folder.Combine("golden.safetensors"), overwrite: true);
        Command.Run("verify", "--model", folder.Path).FailsNaming(1, "golden.safetensors", "'input_ids' is missing");
    }

    private static void Copy(string family, TemporaryFolder folder, params string[] names)
    {
        foreach (string name in names)
        {
            // Without the source's protection against writing, so that a test may replace what it copied.
            File.WriteAllBytes(folder.Combine(name), File.ReadAllBytes(Path.Combine(TestData.Find($"models/golden/{family}"), name)));
        }
    }
}
