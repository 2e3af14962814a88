using Dropwise.Cli.Hosting;
using Dropwise.Cli.Models;
using Dropwise.Cli.Reports;
using Dropwise.Cpu;
using Dropwise.Formats;
using Dropwise.Inference;

namespace Dropwise.Cli.Tests;

/// <summary>What is compared with what, with engines of the processor in place of devices.</summary>
public sealed class ModelVerificationTests
{
    private static readonly int[] Text = [.. Enumerable.Range(0, 20).Select(static i => i * 7919 % 4096)];

    [Fact]
    public void Several_devices_are_compared_with_one_that_reads_the_same_way()
    {
        // Rounded activations: what one engine computes depends on how the text is cut, so that only the same way gives the same logits.
        using ModelWeights weights = Create();
        using ModelEngine one = Engine(weights, exact: false), several = Engine(weights, exact: false);
        var verification = new ModelVerification(weights, Text);
        List<ModelCheckReport> checks = verification.AgainstOneDevice(one, several, CancellationToken.None);
        Assert.All(checks, static check => Assert.Equal(0, check.Difference));
        Assert.Contains(verification.AgainstProcessor(one, several, CancellationToken.None), static check => check.Difference > 0);
    }

    [Fact]
    public void Every_way_of_reading_is_checked_at_every_level_and_a_difference_is_seen()
    {
        using ModelWeights weights = Create();
        using ModelEngine exact = Engine(weights, exact: true), rounded = Engine(weights, exact: false);
        List<ModelCheckReport> checks = new ModelVerification(weights, Text).AgainstProcessor(exact, rounded, CancellationToken.None);
        Assert.Equal(TextReading.All(Text.Length).Count() * weights.Levels, checks.Count);
        Assert.Equal(["at once", "token by token", "cut at 1"], checks.Take(3).Select(static check => check.Check));
        Assert.All(checks, static check => Assert.InRange(check.Difference, 1e-9, 1));
    }

    [Fact]
    public void A_reading_keeps_the_logits_after_each_of_its_parts()
    {
        using ModelWeights weights = Create();
        using ModelEngine engine = Engine(weights, exact: true);
        using Session session = engine.NewSession(Text.Length, 1);
        TextReading[] readings = [.. TextReading.All(Text.Length)];
        Assert.All(readings, static reading => Assert.Equal(Text.Length, reading.Lengths.Sum()));
        Assert.Equal(Enumerable.Range(0, Text.Length), readings[0].Read(session, Text).Keys);
        Assert.Equal(Enumerable.Range(0, Text.Length), readings[1].Read(session, Text).Keys);
        Assert.Equal([14, Text.Length - 1], readings.Single(static reading => reading.Name == "cut at 15").Read(session, Text).Keys);
    }

    private static ModelWeights Create()
    {
        var registry = new FormatRegistry(FormatTable.Rows);
        return RandomModel.Create(ModelShapes.Find("tiny-stories-7m"), registry["int4g32"], registry["int8g32"]);
    }

    private static ModelEngine Engine(ModelWeights weights, bool exact) => new(weights, new EngineChoice(IsCuda: false, 1, Threads: 1, exact));
}
