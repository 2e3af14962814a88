using System.Text.Json;
using Dropwise.Cpu;
using Dropwise.Cuda;

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
    public void A_development_build_is_not_called_a_native_file()
    {
        // As `dotnet run` starts it: with the settings that the project makes for the native file.
        CommandResult result = DevelopmentBuild.Run([], "info");
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("(development build)", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_does_not_hold_its_library_is_a_warning()
    {
        using var folder = new TemporaryFolder();
        CommandResult info = DevelopmentBuild.Run(new() { ["DROPWISE_NVRTC"] = folder.Path }, "info");
        Assert.Equal(0, info.ExitCode);
        Assert.StartsWith($"warning: NVRTC was not found: DROPWISE_NVRTC is {folder.Path}", info.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_does_not_hold_its_library_is_an_error_where_the_library_is_needed()
    {
        if (CudaLibrary.Detect().Devices.Length == 0) Assert.Skip("only a machine with a device comes to need the compiler");
        using var folder = new TemporaryFolder();
        DevelopmentBuild.Run(new() { ["DROPWISE_NVRTC"] = folder.Path }, "run", "-p", "x", "--device", "cuda").FailsNaming(1, "DROPWISE_NVRTC", folder.Path);
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
