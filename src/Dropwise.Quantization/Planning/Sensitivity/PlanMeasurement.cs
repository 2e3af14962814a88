using System.Collections.Immutable;
using Dropwise.Cpu;
using Dropwise.Inference.Blocks;
using Dropwise.Inference.Blocks.Engines;
using Dropwise.Inference.Blocks.Engines.Cuda;
using Dropwise.ModelFiles;
using Dropwise.Quantization.Calibration;
using Dropwise.Quantization.EndToEnd;

namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>What to measure plans with.</summary>
public sealed record PlanMeasurementOptions
{
    // Fewer windows than that are all read for both purposes: half of three says less than the noise that a second look at the same ones brings.
    private const int LeastToHoldOut = 4;

    /// <summary>
    /// Windows of text, all of one length. Every second one is kept for comparing whole plans; fewer than four serve both purposes, so that plans are judged on what their costs are from,
    /// and one window tells no two plans apart: the first that fits is kept.
    /// </summary>
    public required ImmutableArray<ImmutableArray<int>> Windows { get; init; }

    /// <summary>Bits that all blocks may take.</summary>
    public required long Budget { get; init; }

    /// <summary>Whether costs are tr(ΔW H ΔWᵀ) and decide alone, rather than divergences of predictions and of whole plans.</summary>
    public bool ByMoments { get; init; }

    /// <summary>Where scores decide: deviations below the mean where the third tier begins.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>Decides codebooks and rotations of formats.</summary>
    public int Seed { get; init; }

    /// <summary>The device that computes; null for the processor.</summary>
    public CudaEngine? Device { get; init; }

    /// <summary>Threads to use.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Whether whole plans are compared on windows that costs are not from; otherwise both are measured on all of them.</summary>
    public bool HoldsOut => Windows.Length >= LeastToHoldOut;

    /// <summary>Makes the folder for models that are quantized to formats, which is deleted in the end.</summary>
    internal Func<DirectoryInfo> NewFolder { get; init; } = static () => Directory.CreateTempSubdirectory("dropwise-plan-");

    /// <summary>Windows that whole plans are compared on: every second one, where there are enough.</summary>
    internal IEnumerable<int> Judging => Enumerable.Range(0, Windows.Length).Where(window => !HoldsOut || window % 2 == 1);

    /// <summary>Windows that costs of single blocks are measured on: the others.</summary>
    internal IEnumerable<int> Costing => Enumerable.Range(0, Windows.Length).Where(window => !HoldsOut || window % 2 == 0);
}

/// <summary>Measures what blocks may become on a text, and chooses the plan for a budget.</summary>
public static class PlanMeasurement
{
    // Of a run that has formats to make: what that takes beside passes over text, about.
    private const double QuantizingShare = 0.2;

    /// <summary>Measures and chooses.</summary>
    /// <param name="model">A nested file, or a model that is to be quantized.</param>
    /// <param name="reference">The unquantized model, of the same vocabulary; <paramref name="model"/> where it is that itself.</param>
    /// <param name="tiers">What blocks may become.</param>
    /// <param name="options">Text and budget.</param>
    /// <param name="progress">Receives the finished fraction, 0 to 1; null for nobody.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="QuantizationException">Nothing fits into the budget, a weight does not fit a format, or the models have other shapes.</exception>
    /// <exception cref="ModelFileException">A tensor is missing or of the wrong shape or type.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public static MeasuredPlan Of(
        ModelSource model, ModelSource reference, BlockTiers tiers, PlanMeasurementOptions options, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        Knapsack.RequireRoom(tiers, options.Budget);
        double begun = tiers.AreLevels ? 0 : QuantizingShare;
        var run = new QuantizationRun(options.Workers, cancellation, fraction => progress?.Invoke(begun + ((1 - begun) * fraction)));
        BlockEngine engine = options.Device is { } device ? device : BlockEngine.Cpu;
        int context = options.Windows[0].Length;
        using var sources = new TierSources(model, tiers, options, run.Reporting(fraction => progress?.Invoke(begun * fraction)));
        using var blocks = new TieredBlocks(sources, context, engine, run);
        return options.ByMoments ? ByMoments(reference, blocks, tiers, options, run) : ByDivergence(model, reference, blocks, tiers, options, run);
    }

    private static MeasuredPlan ByMoments(ModelSource reference, TieredBlocks blocks, BlockTiers tiers, PlanMeasurementOptions options, QuantizationRun run)
    {
        if (reference.Config.Layers != tiers.Blocks) throw new QuantizationException($"{reference.Path}: has {reference.Config.Layers} blocks, the model {tiers.Blocks}");
        using var original = new DecoderBlocks(reference, options.Windows[0].Length, blocks.Engine);
        IInputProducts products = options.Device is { } device ? new CudaInputProducts(device) : new InputProducts(run);
        ImmutableArray<ImmutableArray<double>> costs = new MomentCosts(original, blocks, tiers.Tiers.Length, products, run).Of(
            WindowStreams.Embed(original, options.Windows), block => DecodedWeights.Serve(block.Linears, reference, int.MaxValue, run));
        return new MeasuredPlan([.. Knapsack.Solve(tiers, [.. costs], options.Budget)], costs, []);
    }

    private static MeasuredPlan ByDivergence(
        ModelSource model, ModelSource reference, TieredBlocks blocks, BlockTiers tiers, PlanMeasurementOptions options, QuantizationRun run)
    {
        using ReferenceText text = ReferenceText.Read(reference, options.Windows, blocks.Engine, run.Reporting(static _ => { }));

        // Two rounds of costs, where a block is followed by half of the others on average, and a dozen whole plans are what most runs take.
        double passes = tiers.Blocks * ((tiers.Blocks * tiers.Tiers.Length) + 12), passed = 0;
        Action report = () => run.Report(Math.Min(1, ++passed / passes));
        using var costs = new PlanPasses(blocks, text, options.Windows, options.Costing, report, run);
        using var judges = new PlanPasses(blocks, text, options.Windows, options.Judging, report, run);

        // Levels are measured beside the level nearest to the budget, because that is where most blocks will be served; formats beside the model as it is.
        int around = tiers.AreLevels ? Enumerable.Range(0, tiers.Tiers.Length).MinBy(tier => Math.Abs(tiers.BitsOf(tiers.Uniform(tier)) - options.Budget)) : BlockTiers.Original;
        var search = new PlanSearch(tiers, options.Budget, costs, judges);
        AddSimple(search, model, tiers, options, run.Reporting(static _ => { }));
        return search.Run(tiers.Uniform(around));
    }

    /// <summary>One tier for all blocks, the first or the last blocks high, and what entropies say.</summary>
    private static void AddSimple(PlanSearch search, ModelSource model, BlockTiers tiers, PlanMeasurementOptions options, QuantizationRun run)
    {
        int uniform = 0;
        while (tiers.BitsOf(tiers.Uniform(uniform)) > options.Budget) uniform++;
        search.Consider("uniform", tiers.Uniform(uniform));
        Add("first blocks high", [.. Enumerable.Range(0, tiers.Blocks).Select(static block => -(double)block)]);
        Add("last blocks high", [.. Enumerable.Range(0, tiers.Blocks).Select(static block => (double)block)]);
        Add("ewq", BlockEntropy.Of(model, run));

        void Add(string name, ImmutableArray<double> scores) => search.Consider(name, ScorePlan.Of(scores).Assign(tiers, options.Factor, options.Budget));
    }
}
