using Dropwise.Cli.Tests;
using Dropwise.Testing;

namespace Dropwise.Pages.Tests;

/// <summary>The default model quantized once, and two pages about it: with all there is to say, and with the file alone.</summary>
public sealed class QuantizedFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public QuantizedFixture()
    {
        string file = _folder.Combine("stories.safetensors"), summary = _folder.Combine("quantize.json"), recipe = _folder.Combine("recipe.json");
        CommandResult quantized = Command.Run(
            "quantize", TestData.DefaultModel, "--format", "dbd4x8g8h", "-o", file, "--calibration", Path.Combine(TestData.DefaultModel, "calibration.txt"), "--samples", "2", "--context", "128", "--json");
        Assert.True(quantized.ExitCode == 0, quantized.Error);
        File.WriteAllText(summary, quantized.Output);
        File.WriteAllText(recipe, """{ "levels": [4, 4, 3, 3, 2, 2, 3, 4] }""");
        Full = _folder.Combine("full.html");
        Bare = _folder.Combine("stories.html");
        Run("report", file, "-o", Full, "--reference", TestData.DefaultModel, "--recipe", recipe, "--summary", summary,
            "--text", Path.Combine(TestData.DefaultModel, "heldout.txt"), "--context", "128", "--windows", "4");
        Run("report", file);
    }

    /// <summary>The page with all there is to say.</summary>
    public string Full { get; }

    /// <summary>The page of the file alone.</summary>
    public string Bare { get; }

    public void Dispose() => _folder.Dispose();

    private static void Run(params string[] arguments)
    {
        CommandResult result = Command.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
