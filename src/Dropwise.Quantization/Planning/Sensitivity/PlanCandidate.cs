using System.Collections.Immutable;

namespace Dropwise.Quantization.Planning.Sensitivity;

/// <summary>A plan that was measured as a whole, on windows that its costs were not measured on where <see cref="PlanMeasurementOptions.HoldsOut"/>.</summary>
/// <param name="Name">Where it is from.</param>
/// <param name="Plan">The tier of each block.</param>
/// <param name="Divergence">The mean KL(reference ‖ model) over the tokens, in nats.</param>
/// <param name="Difference">How much more that is than what the chosen plan has.</param>
public sealed record PlanCandidate(string Name, ImmutableArray<int> Plan, double Divergence, PairedDifference Difference);

/// <summary>What measuring said.</summary>
/// <param name="Plan">The tier of each block.</param>
/// <param name="Costs">What each tier costs each block while the others stay, [blocks][tiers].</param>
/// <param name="Candidates">The plans that were measured as wholes, in order; empty where costs alone decided.</param>
public sealed record MeasuredPlan(ImmutableArray<int> Plan, ImmutableArray<ImmutableArray<double>> Costs, ImmutableArray<PlanCandidate> Candidates);
