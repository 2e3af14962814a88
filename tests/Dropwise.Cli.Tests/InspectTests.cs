using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

public sealed class InspectTests
{
    [Fact]
    public void An_unquantized_model()
    {
        var json = Command.Run("inspect", TestData.DefaultModel, "--json").Json;
        Assert.Equal("model", json.GetProperty("kind").GetString());
        Assert.Equal("llama", json.GetProperty("architecture").GetString());
        Assert.Equal(7_344_384, json.GetProperty("parameters").GetInt64());
        Assert.True(json.GetProperty("has_tokenizer").GetBoolean());
        Assert.Equal(0, json.GetProperty("levels").GetArrayLength());
        Assert.Contains(json.GetProperty("tensors").EnumerateArray(), tensor => tensor.GetProperty("name").GetString() == "model.norm.weight");
    }

    [Fact]
    public void The_default_model_needs_no_name() =>
        Assert.Equal(TestData.DefaultModel, Command.Run("inspect", "--json").Json.GetProperty("path").GetString());

    [Fact]
    public void A_truncated_file()
    {
        using var folder = new TemporaryFolder();
        foreach (string name in (string[])["config.json", "tokenizer.json"])
            File.Copy(Path.Combine(TestData.DefaultModel, name), folder.Combine(name));
        byte[] whole = File.ReadAllBytes(Path.Combine(TestData.DefaultModel, "model.safetensors"));
        File.WriteAllBytes(folder.Combine("model.safetensors"), whole[..(whole.Length / 2)]);
        Command.Run("inspect", folder.Path).FailsNaming(1, "model.safetensors");
    }

    [Fact]
    public void A_file_that_is_no_model()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Combine("story.txt"), "Once upon a time there was no header.");
        Command.Run("inspect", folder.Combine("story.txt")).FailsNaming(1, "story.txt");
    }
}
