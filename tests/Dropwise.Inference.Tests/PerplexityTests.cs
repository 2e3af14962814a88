using Dropwise.Cpu;
using Dropwise.ModelFiles;
using Dropwise.Testing;
using Dropwise.Tokenization;

namespace Dropwise.Inference.Tests;

/// <summary>Unquantized perplexities against those of PyTorch in float32, measured with the same protocol.</summary>
public sealed class PerplexityTests(ITestOutputHelper output)
{
    private const double Tolerance = 2e-4;

    [Fact]
    [Trait("Category", "Slow")]
    public void Tiny_stories_7m_has_the_reference_perplexity() =>
        Check(TestData.DefaultModel, Path.Combine(TestData.DefaultModel, "heldout.txt"), 512, 434, 3.38748);

    [Fact]
    [Trait("Category", "Slow")]
    public void Stories_15m_has_the_reference_perplexity() =>
        Check(TestData.Find("models/stories15m"), TestData.Find("text/tinystories.txt"), 256, 204, 8.23131);

    private void Check(string folder, string text, int context, int windows, double expected)
    {
        ModelFolder source = ModelFolder.Open(folder);
        Tokenizer tokenizer = Tokenizer.FromJson(source.RequireTokenizer(), source.Path);
        using ModelWeights model = WeightLoader.Load(source);
        using WorkerTeam team = new(Environment.ProcessorCount);
        using CpuSession session = new(model, team, new SessionOptions { Precision = Precision.Exact, Context = context });
        PerplexityResult result = PerplexityEvaluator.Evaluate(session, tokenizer.Encode(File.ReadAllText(text)), context);
        output.WriteLine($"{result.Perplexity:F5} in {result.Seconds:F1} s, {result.Predictions / result.Seconds:F0} tokens/s");
        Assert.Equal(windows, result.Windows);
        Assert.InRange(result.Perplexity / expected, 1 - Tolerance, 1 + Tolerance);
    }
}
