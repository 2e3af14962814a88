using System.Text.Json;
using Dropwise.Testing;

namespace Dropwise.Cli.Tests;

/// <summary><c>dropwise eval --reference</c>.</summary>
public sealed class EvalReferenceTests
{
    private static readonly string[] Measure = ["--text", Path.Combine(TestData.DefaultModel, "heldout.txt"), "--context", "128", "--windows", "3", "--json"];

    [Fact]
    public void A_quantized_model_diverges_from_its_original_and_the_original_does_not()
    {
        using var folder = new TemporaryFolder();
        string original = SmallModel.Create(folder), quantized = folder.Combine("q.safetensors");
        Assert.Equal(0, Command.Run("quantize", original, "--format", "int4g32", "-o", quantized).ExitCode);

        JsonElement same = Command.Run(["eval", original, "--reference", original, .. Measure]).Json;
        Assert.Equal(0, same.GetProperty("kl").GetDouble(), 1e-4);
        Assert.Equal(1, same.GetProperty("top1_agreement").GetDouble(), 0.01);
        Assert.Equal(same.GetProperty("perplexity").GetDouble(), same.GetProperty("reference_perplexity").GetDouble(), 0.05);

        JsonElement other = Command.Run(["eval", quantized, "--reference", original, .. Measure]).Json;
        double divergence = other.GetProperty("kl").GetDouble();
        Assert.InRange(divergence, 1e-4, 1);
        Assert.True(other.GetProperty("kl_p99").GetDouble() > divergence);
        Assert.InRange(other.GetProperty("top1_agreement").GetDouble(), 0.5, 0.9999);
        Assert.InRange(other.GetProperty("difference_p99").GetDouble(), 1e-3, 10);
        Assert.Equal(same.GetProperty("reference_perplexity").GetDouble(), other.GetProperty("reference_perplexity").GetDouble(), 1e-6);

        JsonElement alone = Command.Run(["eval", quantized, .. Measure]).Json;
        Assert.Equal(alone.GetProperty("perplexity").GetDouble(), other.GetProperty("perplexity").GetDouble());
        Assert.Equal(JsonValueKind.Null, alone.GetProperty("kl").ValueKind);
    }

    [Fact]
    public void Another_vocabulary_is_refused()
    {
        string reference = TestData.Find("models/stories15m");
        Command.Run(["eval", "--reference", reference, .. Measure]).FailsNaming(1, $"--reference {reference}", "32000 tokens", "4096");
    }

    [Fact]
    public void Other_words_in_a_vocabulary_of_the_same_size_are_refused()
    {
        using var folder = new TemporaryFolder();
        string reference = SmallModel.Create(folder), tokenizer = Path.Combine(reference, "tokenizer.json");
        string text = File.ReadAllText(tokenizer);
        string changed = text.Replace("<|eos|>", "<|fin|>", StringComparison.Ordinal);
        Assert.NotEqual(text, changed);
        File.WriteAllText(tokenizer, changed);
        Command.Run(["eval", "--reference", reference, .. Measure]).FailsNaming(1, $"--reference {reference}", "'<|fin|>', not '<|eos|>'");
    }

    [Fact]
    public void A_missing_reference() => Command.Run(["eval", "--reference", "/nowhere", .. Measure]).FailsNaming(1, "/nowhere");
}
