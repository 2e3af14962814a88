using System.Collections.Immutable;

namespace Dropwise.Quantization.Models;

/// <summary>What became of a model.</summary>
/// <param name="Tensors">The quantized weights, in the order in which a token meets them.</param>
/// <param name="BitsPerWeight">Bits a quantized weight at each level, from level 1: codes, scales, zeros, rotation signs and codebooks of a matrix's own.</param>
/// <param name="LevelEnds">The byte of the file where each level ends.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Stages">The time of each stage in this process, in the order in which stages began; a run that went on says nothing of what was done before.</param>
public sealed record ModelSummary(
    ImmutableArray<TensorSummary> Tensors, ImmutableArray<double> BitsPerWeight, ImmutableArray<long> LevelEnds, TimeSpan Elapsed, ImmutableArray<StageTime> Stages);

/// <summary>How long a stage took.</summary>
/// <param name="Name">The stage.</param>
/// <param name="Elapsed">The time, without that of stages inside of it.</param>
public sealed record StageTime(string Name, TimeSpan Elapsed);

/// <summary>What became of one weight.</summary>
/// <param name="Name">The weight's name.</param>
/// <param name="Format">The format's name.</param>
/// <param name="Rows">Output rows N.</param>
/// <param name="Columns">Inputs K.</param>
/// <param name="BitsPerWeight">Bits a weight at each level, from level 1.</param>
/// <param name="RelativeError">‖W − Ŵ‖ / ‖W‖ at each level, from level 1.</param>
/// <param name="WeightedError">
/// tr(Δ H Δᵀ) / tr(W H Wᵀ) at each level, Δ = W − Ŵ and H the moments of the input that the level gives the weight, before block tuning; empty without calibration.
/// </param>
public sealed record TensorSummary(
    string Name, string Format, int Rows, int Columns, ImmutableArray<double> BitsPerWeight, ImmutableArray<double> RelativeError, ImmutableArray<double> WeightedError);
