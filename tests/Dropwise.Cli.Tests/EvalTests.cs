using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

public sealed class EvalTests
{
    private static string HeldOut => Path.Combine(TestData.DefaultModel, "heldout.txt");

    [Fact]
    public void Json_reports_perplexity_and_what_it_was_measured_on()
    {
        var json = Command.Run("eval", "--text", HeldOut, "--context", "256", "--windows", "2", "--json").Json;
        Assert.InRange(json.GetProperty("perplexity").GetDouble(), 2, 6);
        Assert.Equal(2 * 255, json.GetProperty("tokens").GetInt64());
        Assert.Equal(2, json.GetProperty("windows").GetInt32());
        Assert.Equal(1, json.GetProperty("level").GetInt32());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, json.GetProperty("bits").ValueKind);
        Assert.True(json.TryGetProperty("kl", out _));
    }

    [Fact]
    public void An_empty_text()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Combine("empty.txt"), "");
        Command.Run("eval", "--text", folder.Combine("empty.txt")).FailsNaming(1, "empty.txt", "empty");
    }

    [Fact]
    public void A_text_shorter_than_a_window()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.Combine("short.txt"), "Once upon a time");
        Command.Run("eval", "--text", folder.Combine("short.txt")).FailsNaming(1, "short.txt", "512");
    }

    [Fact]
    public void A_folder_in_place_of_a_text() => Command.Run("eval", "--text", Path.GetTempPath()).FailsNaming(1, Path.GetTempPath(), "folder");

    [Fact]
    public void A_missing_text() => Command.Run("eval", "--text", "/nowhere.txt").FailsNaming(1, "/nowhere.txt");

    [Fact]
    public void No_text_at_all() => Command.Run("eval").FailsNaming(2, "--text");

    [Theory]
    [InlineData("--context", "1")]
    [InlineData("--windows", "0")]
    public void A_size_out_of_range(string option, string value) =>
        Command.Run("eval", "--text", HeldOut, option, value).FailsNaming(2, option, value);
}
