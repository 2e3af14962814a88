using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Planning;

/// <summary>
/// What each block of a nested file costs at each level: the divergence from a reference, KL(reference ‖ model) on a text, of the model whose other blocks are served at one level.
/// Around that level costs add up nearly enough for a plan; nothing is quantized for it.
/// </summary>
/// <param name="model">The nested file's path; it is opened for each measurement, which maps it and copies little.</param>
/// <param name="formats">The formats that it may have.</param>
/// <param name="reference">A sequence of the model to compare with; it is rewound.</param>
/// <param name="tokens">Windows of the text, one behind the other.</param>
/// <param name="context">Tokens of a window.</param>
/// <param name="run">Workers, cancellation, progress.</param>
public sealed class LevelSensitivity(string model, FormatRegistry formats, Session reference, int[] tokens, int context, QuantizationRun run)
{
    /// <summary>Measures.</summary>
    /// <param name="tiers">Levels of the file.</param>
    /// <param name="around">The tier that other blocks are served at.</param>
    /// <returns>The divergence of each block at each tier, [blocks][tiers], in nats a token.</returns>
    public ImmutableArray<ImmutableArray<double>> Measure(BlockTiers tiers, int around)
    {
        using var team = new WorkerTeam(run.Workers);
        double measurements = (tiers.Blocks * (tiers.Tiers.Length - 1)) + 1, done = 0;
        double center = Divergence(tiers.Uniform(around));
        return
        [
            .. Enumerable.Range(0, tiers.Blocks).Select(block => Enumerable.Range(0, tiers.Tiers.Length).Select(tier =>
            {
                if (tier == around) return center;
                int[] plan = tiers.Uniform(around);
                plan[block] = tier;
                return Divergence(plan);
            }).ToImmutableArray()),
        ];

        double Divergence(int[] plan)
        {
            using ModelWeights weights = WeightLoader.Load(ModelSource.OpenAny(model, formats), [.. plan.Select(tier => tiers.Tiers[tier].Level!.Value)]);
            using var session = new CpuSession(weights, team, new SessionOptions { Context = context });
            double divergence = PerplexityEvaluator.Evaluate(session, tokens, context, null, (_, _) => run.Cancellation.ThrowIfCancellationRequested(), reference).Reference!.Divergence;
            run.Report(++done / measurements);
            return divergence;
        }
    }
}
