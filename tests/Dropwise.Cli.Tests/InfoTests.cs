using System.Text.Json;
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
    }

    [Fact]
    public void Json_describes_the_device_or_has_none()
    {
        JsonElement cuda = Command.Run("info", "--json").Json.GetProperty("cuda");
        if (cuda.ValueKind == JsonValueKind.Null) return;
        Assert.NotEqual("", cuda.GetProperty("device").GetString());
        Assert.Matches(@"^\d+\.\d+$", cuda.GetProperty("capability").GetString());
        Assert.Matches(@"^\d+\.\d+$", cuda.GetProperty("driver").GetString());
        Assert.InRange(cuda.GetProperty("memory_bytes").GetInt64(), 1L << 28, long.MaxValue);
    }

    [Fact]
    public void Text_says_why_there_is_no_device()
    {
        CommandResult result = Command.Run("info");
        if (result.Output.Contains("cuda     none", StringComparison.Ordinal)) Assert.Matches("cuda     none: .*(driver|device)", result.Output);
    }

    [Fact]
    public void Text_says_the_same_for_people()
    {
        CommandResult result = Command.Run("info");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains($"isa      {CpuFeatures.NameOf(CpuFeatures.Selected)}", result.Output, StringComparison.Ordinal);
    }
}
