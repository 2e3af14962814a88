using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference;
using Dropwise.ModelFiles;

namespace Dropwise.Quantization.Planning;

/// <summary>
/// Measures plans of a nested file: the divergence from a reference, KL(reference ‖ model), on a text. Nothing is quantized for it.
/// </summary>
/// <param name="model">The nested file's path; it is opened for each measurement, which maps it and copies little.</param>
/// <param name="formats">The formats that it may have.</param>
/// <param name="tiers">Its levels.</param>
/// <param name="reference">A sequence of the model to compare with; it is rewound.</param>
/// <param name="tokens">Windows of the text, one behind the other.</param>
/// <param name="context">Tokens of a window.</param>
/// <param name="run">Workers, cancellation, progress.</param>
public sealed class LevelSensitivity(string model, FormatRegistry formats, BlockTiers tiers, Session reference, int[] tokens, int context, QuantizationRun run) : IDisposable
{
    private readonly WorkerTeam _team = new(run.Workers);
    private int _done;

    /// <summary>Measurements that <see cref="Measure"/> and <see cref="Improve"/> make together, about.</summary>
    private double Expected => (tiers.Blocks * (tiers.Tiers.Length - 1)) + 1 + (2 * tiers.Blocks);

    /// <summary>Measures each block at each tier while the others are served at one.</summary>
    /// <param name="around">The tier that other blocks are served at.</param>
    /// <returns>The divergence, [blocks][tiers], in nats a token.</returns>
    public ImmutableArray<ImmutableArray<double>> Measure(int around)
    {
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
    }

    /// <summary>
    /// The best of some plans and of what exchanging the tiers of two blocks makes of it. Costs of single blocks do not say all: a level's codes were made for what the same level of
    /// the blocks before gives them, so that one block at a higher level than all others can be worse than none, and a run of them better than their sum.
    /// </summary>
    /// <param name="plans">Plans within the budget.</param>
    /// <param name="seed">Decides which exchanges are tried: as many as blocks, and as many again whenever one has helped.</param>
    public int[] Improve(IEnumerable<int[]> plans, int seed)
    {
        var random = new Random(seed);
        (int[] best, double lowest) = ([], double.PositiveInfinity);
        foreach (int[] plan in plans) Try(plan);
        for (int failures = 0; failures < tiers.Blocks; failures++)
        {
            int[] blocks = [.. Enumerable.Range(0, tiers.Blocks)], exchanged = [.. best];
            random.Shuffle(blocks);
            int place = Array.FindIndex(blocks, block => best[block] != best[blocks[0]] && tiers.Weights[block] == tiers.Weights[blocks[0]]);
            if (place < 0) continue;
            int other = blocks[place];
            (exchanged[blocks[0]], exchanged[other]) = (best[other], best[blocks[0]]);
            if (!exchanged.SequenceEqual(best) && tiers.BitsOf(exchanged) <= tiers.BitsOf(best) && Try(exchanged)) failures = -1;
        }

        return best;

        bool Try(int[] plan)
        {
            double divergence = Divergence(plan);
            if (divergence >= lowest) return false;
            (best, lowest) = (plan, divergence);
            return true;
        }
    }

    /// <summary>Ends the workers.</summary>
    public void Dispose() => _team.Dispose();

    private double Divergence(int[] plan)
    {
        using ModelWeights weights = WeightLoader.Load(ModelSource.OpenAny(model, formats), [.. plan.Select(tier => tiers.Tiers[tier].Level!.Value)]);
        using var session = new CpuSession(weights, _team, new SessionOptions { Context = context });
        double divergence = PerplexityEvaluator.Evaluate(session, tokens, context, null, (_, _) => run.Cancellation.ThrowIfCancellationRequested(), reference).Reference!.Divergence;
        if (!double.IsFinite(divergence)) throw new QuantizationException($"{model}: the divergence of its predictions is {divergence}; a weight or a scale may be no number");
        run.Report(Math.Min(1, ++_done / Expected));
        return divergence;
    }
}
