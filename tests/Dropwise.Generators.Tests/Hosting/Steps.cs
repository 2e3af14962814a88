using Microsoft.CodeAnalysis;

namespace Dropwise.Generators.Tests.Hosting;

/// <summary>What the steps of a run did.</summary>
internal static class Steps
{
    /// <summary>The steps that the generator names. The compiler's own, before them, see a new compilation with every edit.</summary>
    public static readonly string[] Ours =
        [.. typeof(TrackingNames).GetFields().Select(static field => (string)field.GetRawConstantValue()!)];

    /// <summary>The outcomes of a step's outputs, in order.</summary>
    public static IEnumerable<IncrementalStepRunReason> Reasons(this GeneratorRunResult result, string step) =>
        result.TrackedSteps.TryGetValue(step, out var runs) ? runs.SelectMany(static r => r.Outputs).Select(static o => o.Reason) : [];

    /// <summary>Fails unless every step of ours, and every source output, gave what it gave before.</summary>
    public static void AssertAllCached(GeneratorRunResult result)
    {
        foreach (string step in Ours)
            Assert.All(result.Reasons(step), reason => Assert.True(IsCached(reason), $"step {step} was {reason}"));

        // Outputs must not even be compared: their inputs were the same.
        var outputs = result.TrackedOutputSteps.SelectMany(static s => s.Value).SelectMany(static r => r.Outputs);
        Assert.All(outputs, static output => Assert.Equal(IncrementalStepRunReason.Cached, output.Reason));
    }

    private static bool IsCached(IncrementalStepRunReason reason) =>
        reason is IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged;
}
