using Dropwise.Cli.Tests;
using Dropwise.Testing;

namespace Dropwise.Pages.Tests;

/// <summary>The default model quantized once, and two pages about it: with all there is to say, and with the file alone; and a page about evaluations.</summary>
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
        string results = _folder.Combine("results.json");
        File.WriteAllText(results, """
            [
              { "label": "small", "model": "a", "text": "t", "context": 64, "windows": 2, "perplexity": 40, "bits_per_byte": 2.66096, "block_bits": 2, "bytes": 2000000, "level": 2, "accuracy": 0.4, "tasks": [{ "task": "piqa", "n": 10 }] },
              { "label": "good", "model": "a", "text": "t", "context": 64, "windows": 2, "perplexity": 10, "bits_per_byte": 1.66096, "block_bits": 3, "bytes": 3000000, "level": 3, "accuracy": 0.6, "tasks": [{ "task": "piqa", "n": 10 }] },
              { "label": "worse", "model": "b", "text": "t", "context": 64, "windows": 2, "perplexity": 12, "bits_per_byte": 1.79248, "block_bits": 3, "bytes": 5000000, "level": 3 },
              { "label": "large", "model": "b", "text": "t", "context": 64, "windows": 2, "perplexity": 11, "bits_per_byte": 1.72972, "block_bits": 4, "bytes": 4000000, "level": 4 }
            ]
            """);
        Results = _folder.Combine("results.html");
        Run("report", "--results", results, "-o", Results);
    }

    /// <summary>The page with all there is to say.</summary>
    public string Full { get; }

    /// <summary>The page of the file alone.</summary>
    public string Bare { get; }

    /// <summary>A page about four evaluations, two of them with tasks.</summary>
    public string Results { get; }

    public void Dispose() => _folder.Dispose();

    private static void Run(params string[] arguments)
    {
        CommandResult result = Command.Run(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
