using Dropwise.Cpu;

namespace Dropwise.Cli.Tests;

public sealed class InfoTests
{
    [Fact]
    public void Json_names_version_isa_and_processor()
    {
        var json = Command.Run("info", "--json").Json;
        Assert.Matches(@"^\d+\.\d+\.\d+$", json.GetProperty("version").GetString());
        Assert.Equal(CpuFeatures.NameOf(CpuFeatures.Selected), json.GetProperty("isa").GetString());
        Assert.NotEqual("", json.GetProperty("cpu").GetString());
        Assert.False(json.GetProperty("native").GetBoolean());
        Assert.True(json.TryGetProperty("cuda", out _));
    }

    [Fact]
    public void Text_says_the_same_for_people()
    {
        CommandResult result = Command.Run("info");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"isa      {CpuFeatures.NameOf(CpuFeatures.Selected)}", result.Output, StringComparison.Ordinal);
    }
}
